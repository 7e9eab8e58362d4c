"""The text of an env file: what it says, and what it becomes when keys change.

Comments, blank lines and keys that do not change stay byte for byte.
"""

import re
from collections.abc import Iterable, Mapping
from io import StringIO
from types import MappingProxyType

from dotenv.parser import Binding, parse_stream

_FRESH = (
    "# Settings of copytrader, written by copytrader setup; run it again to change them.\n"
    "# Secrets are encrypted (enc:...). Every key: docs/configuration.md\n"
)
_ASSIGNED = re.compile(r"(?P<head>\s*(?:export\s+)?)[^=\s]+\s*=")
_TAIL = re.compile(r"(?P<note>\s+#[^\r\n]*)?(?P<end>\r\n|\n|\r|)\Z")


class EnvText:
    """An env file as it was read.

    Args:
        text: All of it, line ends as they are; empty where there is no file.
    """

    def __init__(self, text: str) -> None:
        self._bindings = list(parse_stream(StringIO(text)))
        self._text = text

    @property
    def values(self) -> Mapping[str, str]:
        """Key → text; of a key that stands twice, the last."""
        return MappingProxyType(
            {one.key: one.value or "" for one in self._bindings if one.key is not None}
        )

    def changed(self, changes: Mapping[str, str | None]) -> str:
        """Return the whole text with keys set, or removed where the new text is None.

        A key that is there is changed where it stands; a new one goes to the others of its group,
        or behind its own line in comment marks, or to the end.
        """
        lines = [one.original.string for one in self._bindings] or list(
            _FRESH.splitlines(keepends=True)
        )
        keys = [one.key for one in self._bindings] or [None, None]
        end = "\r\n" if "\r\n" in self._text else "\n"
        for name, text in changes.items():
            places = [at for at, key in enumerate(keys) if key == name]
            for at in places if text is None else places[:-1]:
                lines[at], keys[at] = "", None
            if text is not None and places:
                lines[places[-1]] = _replaced(lines[places[-1]], name, text)
            elif text is not None:
                at, heading = _place_for(name, keys, lines)
                lines[at:at] = [f"{heading}{name}={quoted(text)}\n".replace("\n", end)]
                keys[at:at] = [name]
                if at and lines[at - 1] and not lines[at - 1].endswith(("\n", "\r")):
                    lines[at - 1] += end
        return "".join(_without_empty_headings(lines, keys))


def group_of(name: str) -> str:
    """Return what keys that stand together have in common: ``FOLLOWERS__ASHA``, ``TELEGRAM``."""
    if name.startswith("FOLLOWERS__"):
        return name.rpartition("__")[0]
    return name.partition("__")[0]


def quoted(text: str) -> str:
    """Return a value as it stands behind ``=``: bare where that reads back the same."""
    if _reads_back(text, text):
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _reads_back(written: str, text: str) -> bool:
    found: Iterable[Binding] = parse_stream(StringIO(f"K={written}\n"))
    return [one.value for one in found] == [text]


def _replaced(line: str, name: str, text: str) -> str:
    """Return a line with another value; what is before the key and a remark behind it stay."""
    head = _ASSIGNED.match(line)
    tail = _TAIL.search(line)
    before = head["head"] if head else ""
    note, end = (tail["note"] or "", tail["end"]) if tail else ("", "\n")
    value = line[head.end() :] if head else ""
    if value.count("#") > 1 or value.lstrip().startswith(("'", '"')):
        note = ""  # the mark may be part of the value
    return f"{before}{name}={quoted(text)}{note}{end}"


def _place_for(name: str, keys: list[str | None], lines: list[str]) -> tuple[int, str]:
    """Return where a new key goes, and the heading it needs there."""
    group = group_of(name)
    commented = re.compile(rf"\s*#\s*{re.escape(name)}=")
    for at, line in enumerate(lines):
        if keys[at] is None and commented.match(line):
            return at + 1, ""
    same = [at for at, key in enumerate(keys) if key is not None and group_of(key) == group]
    if same:
        return same[-1] + 1, ""
    heading = _heading(group)
    return len(lines), f"\n# {heading}\n" if heading else "\n"


def _heading(group: str) -> str:
    first, _, rest = group.partition("__")
    if first == "FOLLOWERS" and rest:
        return f"Follower {rest.lower()}"
    return {
        "MASTER": "The master account",
        "TELEGRAM": "Telegram",
        "SECURITY": "The second factor",
        "RISK": "All followers together",
        "EMAIL": "Alerts by e-mail",
        "WHATSAPP": "Alerts by WhatsApp",
        "DISCORD": "Alerts by Discord",
    }.get(first, "")


def _without_empty_headings(lines: list[str], keys: list[str | None]) -> list[str]:
    """Take away a heading of ours below which nothing of its group is left."""
    kept = list(lines)
    groups = {group_of(key) for key in keys if key is not None}
    for at, line in enumerate(lines):
        found = re.fullmatch(r"\s*# Follower (\w+)\s*", line)
        if (
            found
            and keys[at] is None
            and f"FOLLOWERS__{found[1].upper()}" not in {group.upper() for group in groups}
        ):
            kept[at] = ""
    return kept
