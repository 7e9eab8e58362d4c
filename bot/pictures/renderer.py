"""Draws pictures in a process of its own, so that nothing here ever waits for a drawing.

Measured on two cores: a drawing in this process stops its loop for 100 ms and more, in a thread for 5
to 40 ms; in another process, for what it takes to write a request and to read a PNG.
"""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.pictures.values import Picture
from bot.pictures.wire import HEAD, MOST_BYTES, Kind, encode, framed
from engine.errors import CopyTraderError

_log = logging.getLogger(__name__)

#: Seconds for one drawing; it takes a third of one. Then the process is killed and begun anew.
DRAW_S = 5.0
#: Seconds to load matplotlib, and at the very first start to look through the fonts.
START_S = 60.0
#: Seconds before a process that would not start is tried again.
RETRY_S = 60.0
#: Seconds after the start of the program: a restart amid trading has better things to do first.
WARM_AFTER_S = 30.0
#: Pictures that may wait for their turn; whoever asks for more gets text.
MOST_WAITING = 20

#: ``-P``: the working folder may hold a package that is called like ours.
WORKER = (sys.executable, "-P", "-m", "bot.pictures.worker")


class PictureFailed(CopyTraderError):  # noqa: N818 - named by what happened, as the glossary has them
    """There is no picture. Send the text instead."""


class Renderer:
    """One warm render process, begun by :meth:`run` or by the first picture.

    Args:
        cache: Folder where matplotlib keeps what it knows of fonts; made where it is missing.
        program: What to start; tests start others.
        draw_s: Seconds for one drawing.
        start_s: Seconds for a start.
        warm_after_s: Seconds after which :meth:`run` begins it; a picture begins it sooner.
    """

    def __init__(
        self,
        cache: Path,
        *,
        program: Sequence[str] = WORKER,
        draw_s: float = DRAW_S,
        start_s: float = START_S,
        warm_after_s: float = WARM_AFTER_S,
    ) -> None:
        self._cache = cache.resolve()
        self._program = tuple(program)
        self._draw_s = draw_s
        self._start_s = start_s
        self._warm_after_s = warm_after_s
        self._turn = asyncio.Lock()
        self._wanted = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._waiting = 0

    @property
    def pid(self) -> int | None:
        """The id of the render process, while there is one."""
        return None if self._process is None else self._process.pid

    async def run(self) -> None:
        """Keep the process warm until cancelled, and end it then."""
        try:
            await asyncio.sleep(self._warm_after_s)
            while True:
                self._wanted.clear()
                try:
                    async with self._turn:
                        await self._begun()
                except PictureFailed as error:
                    _log.warning("no pictures for now", extra=_told(str(error)))
                    await asyncio.sleep(RETRY_S)
                    continue
                await self._wanted.wait()
        finally:
            await self.close()

    async def draw(self, picture: Picture) -> bytes:
        """Return a picture as a PNG; pictures are drawn one at a time, in the order of the asking.

        Raises:
            PictureFailed: There is none, whatever the reason; the caller sends text.
        """
        if self._waiting >= MOST_WAITING:
            raise PictureFailed("too many pictures are asked for at once")
        try:
            request = framed(Kind.PICTURE, encode(picture))
        except ValueError as error:
            raise PictureFailed(f"the picture cannot be written: {error}") from error
        self._waiting += 1
        try:
            async with self._turn:
                return await self._drawn(request)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """End the process; a later picture begins it anew."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def _drawn(self, request: bytes) -> bytes:
        process = await self._begun()
        try:
            async with asyncio.timeout(self._draw_s):
                kind, body = await _asked(process, request)
        except TimeoutError:
            await self._given_up(f"a picture was not drawn within {self._draw_s:g} s")
        except (OSError, EOFError, ValueError):
            await self._given_up("the render process ended")
        except asyncio.CancelledError:
            # Its answer would be taken for that of the next picture.
            await self.close()
            self._wanted.set()
            raise
        else:
            if kind == Kind.PNG:
                return body
            _log.warning("picture not drawn", extra=_told(body.decode(errors="replace")))
        raise PictureFailed("the picture could not be drawn")

    async def _given_up(self, why: str) -> None:
        _log.warning("render process given up", extra=_told(why))
        await self.close()
        self._wanted.set()

    async def _begun(self) -> asyncio.subprocess.Process:
        """Return the process, begun and warm.

        Raises:
            PictureFailed: It does not start.
        """
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self.close()
        try:
            self._cache.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._process = await asyncio.create_subprocess_exec(
                *self._program,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=_environment(self._cache),
                # Its own session: Ctrl-C in the terminal is for the parent, which then ends it.
                start_new_session=True,
            )
            async with asyncio.timeout(self._start_s):
                await _ready(self._process)
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            await self.close()
            raise PictureFailed("the render process does not start") from error
        except asyncio.CancelledError:
            await self.close()
            raise
        return self._process


async def _ready(process: asyncio.subprocess.Process) -> None:
    kind, _ = await _frame(process)
    if kind != Kind.READY:
        raise ValueError("it says something else first")


async def _asked(process: asyncio.subprocess.Process, request: bytes) -> tuple[int, bytes]:
    if process.stdin is None:
        raise EOFError
    process.stdin.write(request)
    await process.stdin.drain()
    return await _frame(process)


async def _frame(process: asyncio.subprocess.Process) -> tuple[int, bytes]:
    """Read one frame.

    Raises:
        EOFError: The process has ended.
        ValueError: It is none of ours.
    """
    if process.stdout is None:
        raise EOFError
    kind, length = HEAD.unpack(await process.stdout.readexactly(HEAD.size))
    if length > MOST_BYTES:
        raise ValueError("too long for a picture")
    return kind, await process.stdout.readexactly(length)


def _environment(cache: Path) -> Mapping[str, str]:
    """Return all that the process gets of the environment: nothing of ours, which may hold secrets.

    It would stay readable in ``/proc`` if the process cleared it only by itself; that is why the start
    is not left to :mod:`multiprocessing`, which hands the whole environment on.
    """
    return {
        "PYTHONPATH": os.pathsep.join(str(Path(each).resolve()) for each in sys.path),
        "MPLCONFIGDIR": str(cache),
        # One drawing at a time, on one core: the other belongs to the orders.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def _told(reason: str) -> dict[str, str]:
    return {"action": "picture", "reason": reason}
