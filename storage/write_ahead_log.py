"""Whether SQLite would silently leave out what a write-ahead log holds.

SQLite reads a log up to the first frame that is wrong, as after a power cut, and forgets the rest. That
is right for a last transaction that was never acknowledged. Under ``synchronous=FULL`` no frame is
written before the commit ahead of it is on the disk, so a wrong frame with a whole commit and more
behind it is damage, and what it hides was acknowledged.

Source: SQLite file format, section 4 (sqlite.org/fileformat2.html#walformat), read 2026-11-27.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_MAGIC = (0x377F0682, 0x377F0683)  # sums over little-endian and over big-endian words
_MASK = 0xFFFFFFFF
_DAMAGED = "its write-ahead log is damaged and hides later orders"


@dataclass(frozen=True, slots=True)
class _Frame:
    """One page of a transaction: whether it follows the frame before it, and is a commit."""

    follows: bool
    commits: bool


def damage_of(log: Path) -> str:
    """Return what is wrong with a log, in words; an empty text where there is none, or no log.

    Raises:
        OSError: It cannot be read.
    """
    if not log.exists():
        return ""
    raw = log.read_bytes()
    if len(raw) < _HEADER.size or not any(raw[: _HEADER.size]):
        return ""  # never used, or not synced yet: no commit can be in it
    magic, _, page, _, *rest = _HEADER.unpack_from(raw)
    order = "<" if magic == _MAGIC[0] else ">"
    told = (rest[2], rest[3])
    if magic not in _MAGIC or _sum(raw[:24], order, (0, 0)) != told:
        return _DAMAGED
    return _hidden(_frames(raw, page, order, (rest[0], rest[1]), told))


def _hidden(frames: Iterator[_Frame]) -> str:
    """Return the damage where a whole commit and more stand behind a frame that is wrong."""
    wrong = committed = False
    for frame in frames:
        if frame.follows and committed:
            return _DAMAGED
        wrong = wrong or not frame.follows
        committed = committed or (wrong and frame.commits)
    return ""


def _frames(
    raw: bytes, page: int, order: str, salts: tuple[int, int], sums: tuple[int, int]
) -> Iterator[_Frame]:
    """Yield the frames; each is measured against the sums that the one before it tells of itself.

    Frames of an earlier use of the log have other salts and end nothing.
    """
    for at in range(_HEADER.size, len(raw) - _FRAME.size - page + 1, _FRAME.size + page):
        _, size, salt_1, salt_2, *told = _FRAME.unpack_from(raw, at)
        if (salt_1, salt_2) == salts:
            sums = _sum(raw[at : at + 8], order, sums)
            sums = _sum(raw[at + _FRAME.size : at + _FRAME.size + page], order, sums)
            yield _Frame(follows=sums == tuple(told), commits=size > 0)
        else:
            yield _Frame(follows=False, commits=False)
        sums = (told[0], told[1])


def _sum(data: bytes, order: str, sums: tuple[int, int]) -> tuple[int, int]:
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & _MASK
        second = (second + odd + first) & _MASK
    return first, second
