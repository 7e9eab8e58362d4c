"""Turns the text of a message into styled terminal text, whatever is in it."""

import re

from rich.style import Style
from rich.text import Text

from demo.chat.messages import Entity, EntityKind, Message

STYLES = {
    EntityKind.BOLD: Style(bold=True),
    EntityKind.ITALIC: Style(italic=True),
    EntityKind.UNDERLINE: Style(underline=True),
    EntityKind.STRIKETHROUGH: Style(strike=True),
    EntityKind.SPOILER: Style(dim=True),
    EntityKind.CODE: Style(color="bright_cyan"),
    EntityKind.PRE: Style(color="bright_cyan"),
    EntityKind.BLOCKQUOTE: Style(italic=True, dim=True),
    EntityKind.TEXT_LINK: Style(color="bright_blue", underline=True),
    EntityKind.BOT_COMMAND: Style(color="bright_blue"),
}

# Escape sequences in an order's text must not drive the terminal. One for one, so offsets hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


# Asks for the coloured form of the character before it, e.g. of the warning sign. Terminals and
# tmux disagree whether that is one cell or two, and a frame round it breaks; the plain form is one.
_COLOURED_FORM = "\N{VARIATION SELECTOR-16}"


def one_cell(text: str) -> str:
    """Return a visible text whose signs are as wide in every terminal, for use in a frame."""
    return visible(text).replace(_COLOURED_FORM, "")


def visible(text: str) -> str:
    """Replace control characters by a visible mark, each by one character; lines stay."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text).replace("\t", " ")


def styled(message: Message) -> Text:
    """Return the text of a message with its formatting; nothing in it is read as markup."""
    text = Text(one_cell(message.text))
    starts = _drawn_at(message.text)
    for entity in message.entities:
        start = starts.get(entity.offset, 0)
        end = starts.get(entity.offset + entity.length, len(text))
        text.stylize(_style(entity), start, end)
    return text


def _style(entity: Entity) -> Style:
    style = STYLES[entity.kind]
    if entity.url is None:
        return style
    return style + Style(link=visible(entity.url))


def _drawn_at(text: str) -> dict[int, int]:
    """Map UTF-16 offsets to Python indexes of what is drawn, the end of the text included."""
    offsets = {}
    offset = index = 0
    for character in text:
        offsets[offset] = index
        offset += 2 if ord(character) > 0xFFFF else 1
        index += character != _COLOURED_FORM
    offsets[offset] = index
    return offsets
