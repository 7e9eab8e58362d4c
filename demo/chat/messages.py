"""The values of a conversation: people, messages, buttons, formatting."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EntityKind(StrEnum):
    """Formatting of a stretch of text, with Telegram's own names."""

    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKETHROUGH = "strikethrough"
    SPOILER = "spoiler"
    CODE = "code"
    PRE = "pre"
    BLOCKQUOTE = "blockquote"
    TEXT_LINK = "text_link"
    BOT_COMMAND = "bot_command"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A formatted stretch of a message.

    Attributes:
        kind: How it looks.
        offset: Start, in UTF-16 code units from the start of the text, >= 0.
        length: In UTF-16 code units, > 0.
        url: Target, for ``TEXT_LINK`` only.
    """

    kind: EntityKind
    offset: int
    length: int
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One inline button: it either sends ``data`` to the bot or opens ``url``."""

    text: str
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A photo or a document sent with a message; the bytes are kept for tests to read."""

    kind: str
    file_name: str
    content: bytes
    mime_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person or the bot.

    Attributes:
        id: Numeric Telegram id, positive; also the id of the private chat with this person.
        name: First name, as shown.
        username: Without the ``@``; None if the person has none.
        is_bot: True for the bot itself.
    """

    id: int
    name: str
    username: str | None = None
    is_bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as it stands now; an edit makes a new value with the same ``message_id``.

    Attributes:
        message_id: Unique in its chat, rising.
        chat_id: The person whose private chat this is.
        sender: Who wrote it.
        sent_at: Aware time of sending.
        text: Plain text (the caption, when there is an attachment), formatting removed.
        entities: Formatting of ``text``.
        keyboard: Rows of inline buttons, empty if none.
        reply_keyboard: Rows of texts offered below the typing field, empty if none.
        attachment: Photo or document, if any.
        edited_at: Aware time of the last edit of the text, None if never; taking buttons away does
            not count, as on the phone.
        reply_to: ``message_id`` this answers, if any.
        silent: Sent without a sound.
    """

    message_id: int
    chat_id: int
    sender: User
    sent_at: datetime
    text: str
    entities: tuple[Entity, ...] = ()
    keyboard: tuple[tuple[Button, ...], ...] = ()
    reply_keyboard: tuple[tuple[str, ...], ...] = ()
    attachment: Attachment | None = None
    edited_at: datetime | None = None
    reply_to: int | None = None
    silent: bool = False

    @property
    def from_bot(self) -> bool:
        """Whether the bot wrote it."""
        return self.sender.is_bot

    @property
    def buttons(self) -> tuple[Button, ...]:
        """All inline buttons, row by row."""
        return tuple(button for row in self.keyboard for button in row)

    def button(self, label: str) -> Button:
        """Find a button by its text, or by the one text that begins with ``label``.

        Raises:
            LookupError: No such button, or several begin so; the script must say which.
        """
        exact = [button for button in self.buttons if button.text == label]
        found = exact or [button for button in self.buttons if button.text.startswith(label)]
        if len(found) != 1:
            shown = ", ".join(repr(button.text) for button in self.buttons) or "none"
            problem = "several buttons begin" if found else "no button begins"
            raise LookupError(f"{problem} with {label!r}; message {self.message_id} shows {shown}")
        return found[0]


def utf16_length(text: str) -> int:
    """Count UTF-16 code units, the unit of Telegram's lengths and offsets.

    Source: Telegram Bot API, MessageEntity.
    """
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)
