"""Reads and checks the ``reply_markup`` of a Bot API call."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from demo.chat.errors import bad_request
from demo.chat.messages import Button

MAX_CALLBACK_DATA_BYTES = 64
"""Source: Telegram Bot API, InlineKeyboardButton.callback_data: 1-64 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """What a ``reply_markup`` asks for: inline buttons, or a keyboard below the typing field."""

    inline: tuple[tuple[Button, ...], ...] = ()
    reply: tuple[tuple[str, ...], ...] = ()


NO_MARKUP = Markup()


def read_markup(value: object) -> Markup:
    """Read a decoded ``reply_markup``.

    Args:
        value: Decoded JSON; None stands for no keyboard.

    Returns:
        The keyboard; empty rows are left out, as the real server does.

    Raises:
        ApiError: 400, the keyboard is not one Telegram would show.
    """
    if value is None:
        return NO_MARKUP
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in value:
        rows = (tuple(_inline_button(b) for b in row) for row in _rows(value["inline_keyboard"]))
        return Markup(inline=tuple(row for row in rows if row))
    if "keyboard" in value:
        labels = (tuple(_label(b) for b in row) for row in _rows(value["keyboard"]))
        return Markup(reply=tuple(row for row in labels if row))
    return NO_MARKUP


def _rows(value: object) -> list[list[object]]:
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise bad_request("can't parse keyboard: an array of button rows is expected")
    return value


def _label(value: object) -> str:
    text = value.get("text") if isinstance(value, dict) else value
    if not isinstance(text, str) or not text:
        raise bad_request('can\'t parse keyboard button: field "text" must be a string')
    return text


def _inline_button(value: object) -> Button:
    if not isinstance(value, dict):
        raise bad_request("can't parse inline keyboard button: InlineKeyboardButton expected")
    text = _label(value)
    data, url = value.get("callback_data"), value.get("url")
    if isinstance(data, str):
        if not 1 <= len(data.encode()) <= MAX_CALLBACK_DATA_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
        return Button(text=text, data=data)
    if isinstance(url, str):
        return Button(text=text, url=_checked_url(url))
    raise bad_request("can't parse inline keyboard button: text buttons are unallowed")


def _checked_url(url: str) -> str:
    # The real server also refuses some loopback names; a local login page must work here.
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https", "tg"} or not parts.netloc:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: wrong HTTP URL")
    return url
