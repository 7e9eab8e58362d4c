"""What the bot says: text with its buttons."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One inline button; exactly one of ``data`` and ``url`` is set.

    Attributes:
        data: What Telegram gives back on a tap, 1 to 64 bytes (Telegram Bot API, InlineKeyboardButton).
        url: The page it opens.
    """

    text: str
    data: str = ""
    url: str = ""


#: Rows of inline buttons, top to bottom.
Buttons = tuple[tuple[Button, ...], ...]

#: Data of buttons that read; the words after the bar are the command. They never expire.
READ_PREFIX = "r|"
#: The same, answered by a message of its own instead of in the place of the tapped one.
NEW_PREFIX = "n|"
#: Most bytes of a button's data (Telegram Bot API, InlineKeyboardButton).
_DATA_BYTES = 64


def read_rows(label: str, words: str) -> Buttons:
    """Return one row with a button that runs a read; none where the words are too long for one.

    Args:
        label: What the button says.
        words: The command without its slash, with its arguments.
    """
    data = f"{READ_PREFIX}{words}"
    return ((Button(text=label, data=data),),) if len(data.encode()) <= _DATA_BYTES else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing to say.

    Attributes:
        html: Telegram HTML, already escaped; may be longer than one chat message.
        buttons: Inline buttons below the last part.
        menu: Whether to show the reply keyboard with the reads.
        silent: Whether it comes without sound.
        live: Whether it is kept up to date while it is the newest message of its chat.
    """

    html: str
    buttons: Buttons = ()
    menu: bool = False
    silent: bool = False
    live: bool = False

    def with_line(self, line: str) -> "Message":
        """Return the same message with one more line of HTML at its end."""
        return replace(self, html=f"{self.html}\n{line}")
