"""What goes over the pipes to the render process and back: frames, and pictures as MessagePack."""

import struct
from dataclasses import replace
from enum import IntEnum, unique
from typing import BinaryIO, get_args

import msgspec

from bot.pictures.values import DayCard, Picture, ProfitLine

#: What stands before each body: its kind and its length in bytes.
HEAD = struct.Struct(">BI")
#: Bytes. No picture is near this; what claims more is no frame of ours.
MOST_BYTES = 32_000_000
#: Points of a line that are sent, about; a sheet is 800 pixels wide there.
_MOST_POINTS = 1600

_KINDS: dict[str, type] = {kind.__name__: kind for kind in get_args(Picture)}


@unique
class Kind(IntEnum):
    """What a frame holds."""

    READY = 1  #: Nothing: the process has loaded all it needs.
    PICTURE = 2  #: What to draw.
    PNG = 3  #: The drawing.
    FAILED = 4  #: Why there is no drawing, in a few words.


class _Named(msgspec.Struct):
    kind: str
    picture: msgspec.Raw


def encode(picture: Picture) -> bytes:
    """Return a picture as bytes; lines with more points than can be seen are thinned.

    Raises:
        ValueError: It cannot be written: a number or a text is none.
    """
    try:
        body = msgspec.msgpack.encode(_thinned(picture))
    except (msgspec.MsgspecError, OverflowError, TypeError) as error:
        raise ValueError(str(error)) from error
    named = {"kind": type(picture).__name__, "picture": msgspec.Raw(body)}
    return msgspec.msgpack.encode(named)


def decode(body: bytes) -> Picture:
    """Return the picture that :func:`encode` wrote.

    Raises:
        ValueError: It is none.
    """
    named = msgspec.msgpack.decode(body, type=_Named)
    if named.kind not in _KINDS:
        raise ValueError(f"no picture is called {named.kind}")
    picture: Picture = msgspec.msgpack.decode(named.picture, type=_KINDS[named.kind])
    return picture


def framed(kind: Kind, body: bytes = b"") -> bytes:
    """Return a whole frame."""
    return HEAD.pack(kind, len(body)) + body


def read_frame(source: BinaryIO) -> tuple[int, bytes] | None:
    """Read one frame; None where the other side has closed, also in the middle of one."""
    head = source.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    kind, length = HEAD.unpack(head)
    body = source.read(length)
    return (kind, body) if len(body) == length else None


def _thinned(picture: Picture) -> Picture:
    if not isinstance(picture, DayCard):
        return picture
    master = picture.master and _thinner(picture.master)
    return replace(picture, master=master, followers=tuple(map(_thinner, picture.followers)))


def _thinner(line: ProfitLine) -> ProfitLine:
    step = len(line.points) // _MOST_POINTS
    if step < 2:
        return line
    # The newest point says how it ended: it stays.
    return replace(line, points=(*line.points[:-1:step], line.points[-1]))
