"""Telegram's HTML: which texts it accepts and what they look like.

Deliberately as strict as the real one. A lone ``<`` in front of a name refuses the whole message,
which is how an unescaped broker error text gets lost; a lone ``&`` as in ``M&M`` is only a letter.

Source: Telegram Bot API, "HTML style"; the wording of the errors follows what the public server
answers.
"""

import html
import re
from dataclasses import dataclass, field

from demo.chat.errors import bad_request
from demo.chat.messages import Entity, EntityKind, utf16_length

TAGS = {
    "b": EntityKind.BOLD,
    "strong": EntityKind.BOLD,
    "i": EntityKind.ITALIC,
    "em": EntityKind.ITALIC,
    "u": EntityKind.UNDERLINE,
    "ins": EntityKind.UNDERLINE,
    "s": EntityKind.STRIKETHROUGH,
    "strike": EntityKind.STRIKETHROUGH,
    "del": EntityKind.STRIKETHROUGH,
    "tg-spoiler": EntityKind.SPOILER,
    "span": EntityKind.SPOILER,
    "code": EntityKind.CODE,
    "pre": EntityKind.PRE,
    "blockquote": EntityKind.BLOCKQUOTE,
    "a": EntityKind.TEXT_LINK,
}

# Telegram knows these four names; any other one stays as it was typed.
_CHARACTER = re.compile(
    r"&(?:(?:lt|gt|amp|quot)(?![A-Za-z])|#\d{1,7}(?!\d)|#[xX][0-9a-fA-F]{1,6}(?![0-9a-fA-F]));?"
)
_ATTRIBUTE = re.compile(r"""([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+)))?""")
_COMMAND = re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,32}(?![\w/])")


@dataclass(slots=True)
class _OpenTag:
    name: str
    start: int
    url: str | None


@dataclass(slots=True)
class _Reader:
    source: str
    parts: list[str] = field(default_factory=list)
    length: int = 0
    entities: list[Entity] = field(default_factory=list)
    stack: list[_OpenTag] = field(default_factory=list)

    def add_text(self, raw: str) -> None:
        text = _CHARACTER.sub(lambda match: html.unescape(match.group()), raw)
        self.parts.append(text)
        self.length += utf16_length(text)

    def byte_offset(self, index: int) -> int:
        return len(self.source[:index].encode())

    def open_tag(self, inside: str, index: int) -> None:
        name, _, rest = inside.partition(" ")
        name = name.strip().lower()
        attributes = {
            match[1].lower(): match[2] or match[3] or match[4] or ""
            for match in _ATTRIBUTE.finditer(rest)
        }
        spoiler_span = name != "span" or attributes.get("class") == "tg-spoiler"
        if name not in TAGS or not spoiler_span:
            raise _parse_error(
                f'Unsupported start tag "{name}" at byte offset {self.byte_offset(index)}'
            )
        url = html.unescape(attributes["href"]) if attributes.get("href") else None
        self.stack.append(_OpenTag(name, self.length, url))

    def close_tag(self, inside: str, index: int) -> None:
        name = inside.strip().lower()
        offset = self.byte_offset(index)
        if not self.stack:
            raise _parse_error(f"Unexpected end tag at byte offset {offset}")
        opened = self.stack.pop()
        if name and name != opened.name:
            raise _parse_error(
                f'Unmatched end tag at byte offset {offset}, expected "</{opened.name}>", '
                f'found "</{name}>"'
            )
        kind = TAGS[opened.name]
        length = self.length - opened.start
        # An <a> without an address is plain text on the real server too.
        if length > 0 and not (kind is EntityKind.TEXT_LINK and opened.url is None):
            self.entities.append(
                Entity(kind=kind, offset=opened.start, length=length, url=opened.url)
            )


def read_html(source: str) -> tuple[str, tuple[Entity, ...]]:
    """Turn Telegram HTML into plain text and its formatting.

    Args:
        source: Text as a bot sends it with ``parse_mode=HTML``.

    Returns:
        The text without tags, and the formatting sorted by offset, outermost first.

    Raises:
        ApiError: 400 "can't parse entities", with the byte offset; the bot must escape its text.
    """
    reader = _Reader(source)
    position = 0
    while position < len(source):
        start = source.find("<", position)
        if start < 0:
            reader.add_text(source[position:])
            break
        reader.add_text(source[position:start])
        end = source.find(">", start)
        if end < 0:
            raise _parse_error(f"Unclosed start tag at byte offset {reader.byte_offset(start)}")
        inside = source[start + 1 : end]
        if inside.startswith("/"):
            reader.close_tag(inside[1:], start)
        else:
            reader.open_tag(inside, start)
        position = end + 1
    if reader.stack:
        name = reader.stack[-1].name
        raise _parse_error(f'Can\'t find end tag corresponding to start tag "{name}"')
    return "".join(reader.parts), _in_order(reader.entities)


def find_commands(text: str) -> tuple[Entity, ...]:
    """Mark the ``/commands`` in what a person typed, as every Telegram app does."""
    return tuple(
        Entity(
            kind=EntityKind.BOT_COMMAND,
            offset=utf16_length(text[: match.start()]),
            length=len(match.group()),
        )
        for match in _COMMAND.finditer(text)
    )


def trim(text: str, entities: tuple[Entity, ...]) -> tuple[str, tuple[Entity, ...]]:
    """Drop white space round a text as Telegram does, moving the formatting along."""
    stripped = text.lstrip()
    shift = utf16_length(text) - utf16_length(stripped)
    stripped = stripped.rstrip()
    limit = utf16_length(stripped)
    kept: list[Entity] = []
    for entity in entities:
        start = max(0, entity.offset - shift)
        end = min(limit, entity.offset + entity.length - shift)
        if end > start:
            kept.append(Entity(kind=entity.kind, offset=start, length=end - start, url=entity.url))
    return stripped, tuple(kept)


def _in_order(entities: list[Entity]) -> tuple[Entity, ...]:
    return tuple(sorted(entities, key=lambda entity: (entity.offset, -entity.length)))


def _parse_error(reason: str) -> Exception:
    return bad_request(f"can't parse entities: {reason}")
