"""The render process: ``python -m bot.pictures.worker``. Started and ended by ``renderer.py``.

It reads pictures from its standard input and answers with PNGs on its standard output until the input
ends. That happens too when the parent is killed, so no orphan is left; and a drawing that never ends is
ended by the kernel's alarm.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO

from bot.pictures.values import Picture
from bot.pictures.wire import Kind, decode, framed, read_frame

#: Added to the niceness: what trades goes first.
_NICER = 10
#: Seconds after which a drawing is ended from inside; the parent has given it up long before.
_ALARM_S = 20.0


def main() -> None:
    """Load the drawing, say so, and draw until the input ends."""
    os.nice(_NICER)
    # Only here, and only now: the process that trades never loads matplotlib.
    from bot.pictures.drawing.draw import draw  # noqa: PLC0415

    serve(draw)


def serve(draw: Callable[[Picture], bytes]) -> None:
    """Answer requests until the input ends.

    Args:
        draw: Turns a picture into a PNG; may raise anything.
    """
    # Ctrl-C in a terminal reaches every process of it; only the parent decides about the end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, target = sys.stdin.buffer, _own_output()
    _send(target, Kind.READY)
    while (frame := read_frame(source)) is not None:
        signal.setitimer(signal.ITIMER_REAL, _ALARM_S)
        kind, body = _answer(draw, frame[1])
        signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            _send(target, kind, body)
        except BrokenPipeError:
            break


def _answer(draw: Callable[[Picture], bytes], body: bytes) -> tuple[Kind, bytes]:
    try:
        return Kind.PNG, draw(decode(body))
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller sends text instead
        return Kind.FAILED, type(error).__name__.encode()


def _own_output() -> BinaryIO:
    """Return the standard output for us alone: what a library prints must not get between frames."""
    kept = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(kept, "wb")


def _send(target: BinaryIO, kind: Kind, body: bytes = b"") -> None:
    target.write(framed(kind, body))
    target.flush()


if __name__ == "__main__":
    main()
