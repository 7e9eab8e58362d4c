"""How other processes speak to ``run``: JSON lines over ``DATA_DIR/control.sock``, mode 0600.

A request is ``{"verb": "status", "args": {…}}``; the answer is ``{"ok": true, …}`` or
``{"ok": false, "error": "one line with the mend"}``. Requests on one connection are answered in
turn. Values are plain JSON: whoever sends dates or decimals makes them text first.
"""

import asyncio
import logging
import os
import socket
import stat
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from engine.errors import CopyTraderError

#: Answers one verb: arguments in, fields of the answer out.
Handler = Callable[[dict[str, object]], Awaitable[dict[str, object]]]

_LOG = logging.getLogger(__name__)
# A request is a verb and a few words; a longer line is not one of ours.
_MAX_REQUEST_BYTES = 64 * 1024
_MAX_ANSWER_BYTES = 16 * 1024 * 1024
# Part of the bounded drain of 5 s at the end of ``run``.
_CLOSE_S = 1.0
# What fits into sockaddr_un.sun_path with its closing zero. Source: unix(7), 108 on Linux, 104 on BSD.
_MAX_PATH_BYTES = 103


class ControlError(CopyTraderError):
    """The running instance could not be asked; the text says why and the mend."""


class NotRunningError(ControlError):
    """Nothing listens on the control socket."""


class NoAnswerError(ControlError):
    """Something listens, but no whole answer came in time: it may be stuck."""


class _Request(msgspec.Struct, forbid_unknown_fields=True):
    verb: str
    args: dict[str, object] = {}


class ControlSocket:
    """The listening end; start it while the instance lock is held, so that a file left is stale."""

    def __init__(self, path: Path, handlers: Mapping[str, Handler]) -> None:
        self._path = path
        self._handlers = handlers
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Begin to listen.

        Raises:
            ControlError: The path is taken by something that is no socket, or cannot be bound.
        """
        listener = _bind(self._path)
        self._server = await asyncio.start_unix_server(
            self._serve, sock=listener, limit=_MAX_REQUEST_BYTES
        )

    async def close(self) -> None:
        """Stop listening, drop every connection and remove the file."""
        if self._server is None:
            return
        self._server.close()
        for writer in tuple(self._writers):
            writer.close()
        with suppress(TimeoutError):  # an answer still being made does not hold up the end
            async with asyncio.timeout(_CLOSE_S):
                await self._server.wait_closed()
        self._server = None
        with suppress(FileNotFoundError):
            self._path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while line := await reader.readline():
                writer.write(msgspec.json.encode(await self._answer(line)) + b"\n")
                await writer.drain()
        except ValueError:  # what readline makes of a line over the limit
            with suppress(OSError):
                writer.write(msgspec.json.encode(_refused("the request is too long")) + b"\n")
        except OSError:
            pass  # the asker has gone; nothing is owed to him
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, object]:
        try:
            request = msgspec.json.decode(line, type=_Request)
        except msgspec.MsgspecError:
            return _refused("the request is not a line of JSON with verb and args")
        handler = self._handlers.get(request.verb)
        if handler is None:
            return _refused(f"unknown verb {request.verb!r} - are both of the same version?")
        try:
            return {"ok": True, **await handler(request.args)}
        except CopyTraderError as error:
            return _refused(str(error))
        except Exception:  # noqa: BLE001 - a failing question must not end the instance it was put to
            _LOG.exception("control request failed", extra={"verb": request.verb})
            return _refused("internal error - see the log")


def call(
    path: Path, verb: str, args: Mapping[str, object] | None = None, *, timeout_s: float = 5.0
) -> dict[str, object]:
    """Ask the running instance and wait for its answer; blocks, for the command line.

    Args:
        path: ``DATA_DIR/control.sock``.
        verb: What is asked.
        args: Plain JSON values.
        timeout_s: Longest wait for each step, seconds.

    Returns:
        The answer, whose ``ok`` says whether it was granted and ``error`` why not.

    Raises:
        NotRunningError: No instance runs.
        NoAnswerError: It does not answer: perhaps it is stuck.
    """
    line = msgspec.json.encode({"verb": verb, "args": dict(args or {})}) + b"\n"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
            peer.settimeout(timeout_s)
            with _address(path) as address:
                peer.connect(address)
            peer.sendall(line)
            with peer.makefile("rb") as file:
                answer = file.readline(_MAX_ANSWER_BYTES)
        return msgspec.json.decode(answer, type=dict[str, object])
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
        raise NotRunningError("nothing runs here - start it with: copytrader run") from None
    except (OSError, msgspec.MsgspecError) as error:
        raise NoAnswerError(
            f"the running instance did not answer within {timeout_s:g} s - see its log"
        ) from error


def _refused(reason: str) -> dict[str, object]:
    return {"ok": False, "error": reason}


def _bind(path: Path) -> socket.socket:
    """Return a bound socket whose file is 0600 from its first moment."""
    try:
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
    except FileNotFoundError:
        pass
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        with _address(path) as address:
            listener.bind(address)
    except OSError as error:
        listener.close()
        raise ControlError(f"{path} cannot be opened: {error.strerror or error}") from error
    finally:
        os.umask(before)
    listener.settimeout(0)
    return listener


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """Yield an address for the path that fits the kernel's limit, however deep the folder."""
    if len(os.fsencode(path)) <= _MAX_PATH_BYTES or not sys.platform.startswith("linux"):
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
