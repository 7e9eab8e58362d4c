"""The conversation as plain lines, for terminals without colour and for logs of a run."""

from demo.chat.conversation import Change, ChangeKind
from demo.chat.messages import Attachment, Message
from demo.chat.rich_text import visible


def plain_lines(message: Message) -> list[str]:
    """Write a message as lines: ``trader> /status``, ``bot> …``, ``bot (edited)> …``.

    Further lines and the buttons are indented under the first.
    """
    who = "bot" if message.from_bot else visible(message.sender.name).replace("\n", " ")
    edited = " (edited)" if message.edited_at is not None else ""
    prefix = f"{who}{edited}> "
    body = [*_file_line(message.attachment), *visible(message.text).split("\n")]
    body += [" ".join(f"[ {visible(button.text)} ]" for button in row) for row in message.keyboard]
    indent = " " * len(prefix)
    lines = [f"{indent}{line}".rstrip() for line in body if line or message.text]
    lines[0] = prefix + lines[0].lstrip()
    return lines


def plain_change(change: Change) -> list[str]:
    """Write one change of the screen as lines; a tap answered without words gives none."""
    match change.kind:
        case ChangeKind.SHOWN:
            return plain_lines(change.message)
        case ChangeKind.EDITED:
            lines = plain_lines(change.message)
            return lines if change.message.edited_at else ["bot (buttons)> " + lines[-1].strip()]
        case ChangeKind.DELETED:
            # Never the text again: what is deleted may be a login link.
            who = "its own" if change.message.from_bot else visible(change.message.sender.name)
            return [f"bot (deleted)> {who} message {change.message.message_id}"]
        case ChangeKind.PINNED:
            first = visible(change.message.text).partition("\n")[0]
            return [f"bot (pinned)> {first}"]
        case ChangeKind.TOAST:
            text = change.toast.text if change.toast else ""
            return [f"bot (notice)> {visible(text)}"] if text else []


def file_label(attachment: Attachment) -> str:
    """Name a photo or document with its size."""
    size = f"{max(1, len(attachment.content) // 1024)} kB"
    return f"[{attachment.kind} {visible(attachment.file_name)}, {size}]"


def _file_line(attachment: Attachment | None) -> list[str]:
    return [] if attachment is None else [file_label(attachment)]
