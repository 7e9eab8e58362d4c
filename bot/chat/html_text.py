"""Telegram HTML: escaping, tables, and cutting into messages."""

import html
import re

#: UTF-16 units of one message (Telegram Bot API, sendMessage).
MESSAGE_UNITS = 4096
#: UTF-16 units below a picture (Telegram Bot API, sendPhoto).
CAPTION_UNITS = 1024
#: Columns of monospace text that do not wrap on a phone held upright; measured on common devices.
TABLE_COLUMNS = 34

_OPEN, _CLOSE = "<pre>", "</pre>"
# Room for the tags and the heading that a cut adds.
_SPARE_UNITS = 64
_TAG = re.compile(r"</?[a-z][^>]*>")


def escape(text: str) -> str:
    """Make any text safe inside Telegram HTML; ``M&M`` and ``<b>`` stay what they are."""
    return html.escape(text, quote=False)


def table(lines: tuple[str, ...] | list[str]) -> str:
    """Return lines of plain text as one block of monospace; none gives the empty text."""
    return f"{_OPEN}{escape(chr(10).join(lines))}{_CLOSE}" if lines else ""


def plain(source: str) -> str:
    """Return our own HTML as plain text, for the day Telegram refuses the markup."""
    return html.unescape(_TAG.sub("", source))


def units(text: str) -> int:
    """Return the length as Telegram counts it: UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def split(source: str, *, limit: int = MESSAGE_UNITS) -> tuple[str, ...]:
    """Cut HTML at line ends into messages, closing and opening a table again at each cut.

    Every part after the first begins with the first word of the whole, so that the mode leads it.

    Args:
        source: Telegram HTML whose only multi-line element is ``<pre>``.
        limit: UTF-16 units per part, at least 256.
    """
    if units(source) <= limit:
        return (source,)
    heading = f"{source.split(maxsplit=1)[0]} · continued\n"
    parts: list[str] = []
    current, inside = "", False
    for line in _short_lines(source, limit - _SPARE_UNITS - units(heading)):
        grown = f"{current}\n{line}" if current else line
        if current and units(grown) > limit - _SPARE_UNITS:
            parts.append(current + (_CLOSE if inside else ""))
            grown = heading + (_OPEN if inside else "") + line
        current = grown
        inside = _stays_inside(line, inside=inside)
    parts.append(current)
    return tuple(parts)


def _stays_inside(line: str, *, inside: bool) -> bool:
    opened, closed = line.rfind(_OPEN), line.rfind(_CLOSE)
    return inside if opened == closed else opened > closed


def _short_lines(source: str, limit: int) -> list[str]:
    return [piece for line in source.split("\n") for piece in _pieces(line, limit)]


def _pieces(line: str, limit: int) -> list[str]:
    """Cut one overlong line between characters, never inside an entity or a tag."""
    if units(line) <= limit:
        return [line]
    pieces, current = [], ""
    for token in re.findall(r"&[#\w]+;|<[^>]+>|.", line):
        if units(current) + units(token) > limit:
            pieces.append(current)
            current = ""
        current += token
    return [*pieces, current]
