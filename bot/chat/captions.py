"""The text below a picture: as much of a message as fits there, and what has to follow it."""

from dataclasses import replace

from bot.chat.html_text import CAPTION_UNITS, split
from bot.chat.message import Message

# Room for the line that says how late a picture is, or that it may be there twice.
_SPARE_UNITS = 64


def captioned(message: Message) -> tuple[Message, tuple[Message, ...]]:
    """Cut a message into a caption and what follows; buttons stay below the last part.

    Pictures carry no reply keyboard, so the caption shows none.
    """
    first, *others = split(message.html, limit=CAPTION_UNITS - _SPARE_UNITS)
    last = len(others)
    parts = [
        replace(
            message,
            html=html,
            buttons=message.buttons if number == last else (),
            menu=message.menu and number == last > 0,
        )
        for number, html in enumerate((first, *others))
    ]
    return parts[0], tuple(parts[1:])
