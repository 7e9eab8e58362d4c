"""The optional login callback: a browser that has logged in at Zerodha lands here, and nothing is pasted.

Open only while a login is pending. It takes one request, ``GET /callback`` with ``state`` and
``request_token``, and answers with one page that holds no secret. It logs nothing of what comes in. It
speaks plain HTTP: TLS is the work of the reverse proxy or tunnel before it (docs/login.md).
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol
from urllib.parse import parse_qs

from engine.clock import Clock
from engine.core.values.secrets import Secret

_log = logging.getLogger(__name__)

#: Seconds between looks whether a login is pending.
_LOOK_S = 0.25
#: Seconds a browser has for its request; it sends a few hundred bytes at once.
_READ_S = 5.0
#: Seconds for the exchange and its answer; the exchange itself is given up sooner.
_ANSWER_S = 45.0
_MAX_REQUEST_BYTES = 8192
#: Connections at once that have not asked yet; of more the oldest is dropped, as a browser asks at once.
_MOST_WAITING = 8

_REQUEST = re.compile(rb"GET /callback\?([!-~]{1,2048}) HTTP/1\.[01]\r\n")
_STATE = re.compile(r"[A-Za-z0-9_-]{8,128}")
_TOKEN = re.compile(r"[A-Za-z0-9]{8,64}")
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<h1>{title}</h1>
<p>{text}</p>
</html>
"""
_LOGGED_IN = _PAGE.format(title="Logged in", text="Close this page and go back to Telegram.")
_NOT_LOGGED_IN = _PAGE.format(
    title="Not logged in", text="Close this page: in Telegram stands why, and a new button."
)


class CalledBack(Protocol):
    """Uses what a browser brought; see ``bot/chat/login.py``."""

    def __call__(self, *, state: str, token: Secret | None) -> Awaitable[bool | None]:
        """Return whether an account is logged in; None where the state opens nothing."""
        ...


class LoginListener:
    """One small server that exists only while somebody is logging in.

    Args:
        bind: Host and port.
        pending: Whether a login is pending now.
        called_back: Uses the state and the token.
        clock: Waits.

    Attributes:
        problem: Why it cannot listen, in one line with the mend; empty while it can.
    """

    def __init__(
        self,
        bind: tuple[str, int],
        *,
        pending: Callable[[], bool],
        called_back: CalledBack,
        clock: Clock,
    ) -> None:
        self._host, self._port = bind
        self._pending = pending
        self._called_back = called_back
        self._clock = clock
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._waiting: dict[asyncio.StreamWriter, None] = {}
        self.problem = ""

    async def run(self) -> None:
        """Open and close with the logins until cancelled."""
        try:
            while True:
                if self._pending() and self._server is None:
                    await self._open()
                elif not self._pending():
                    self._close()
                await self._clock.sleep(_LOOK_S)
        finally:
            self._close()
            for writer in tuple(self._writers):
                writer.close()

    async def _open(self) -> None:
        try:
            self._server = await asyncio.start_server(
                self._serve, self._host, self._port, limit=_MAX_REQUEST_BYTES
            )
        except OSError as error:
            if not self.problem:
                self.problem = (
                    f"LISTENER__BIND {self._host}:{self._port} cannot be listened on "
                    f"({error.strerror or type(error).__name__}) - free it or choose another port; until "
                    "then paste the address you land on"
                )
                _log.warning(self.problem, extra={"action": "login_listener"})
            return
        self.problem = ""
        _log.info("login callback open", extra={"action": "login_listener"})

    def _close(self) -> None:
        """Stop listening; who is being answered still gets the answer."""
        self.problem = ""
        if self._server is not None:
            self._server.close()
            self._server = None
            _log.info("login callback closed", extra={"action": "login_listener"})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        self._waiting[writer] = None
        if len(self._waiting) > _MOST_WAITING:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            oldest.close()
        try:
            async with asyncio.timeout(_READ_S):
                head = await reader.readuntil(b"\r\n\r\n")
            self._waiting.pop(writer, None)
            writer.write(await self._answer(head))
            async with asyncio.timeout(_READ_S):
                await writer.drain()
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            pass  # too slow, too long, or gone: nothing is owed
        except Exception as error:  # noqa: BLE001 - a request must not end the listener, nor be logged
            _log.error(
                "login callback failed",
                extra={"action": "login_listener", "reason": type(error).__name__},
            )
        finally:
            self._writers.discard(writer)
            self._waiting.pop(writer, None)
            with suppress(OSError):
                writer.close()

    async def _answer(self, head: bytes) -> bytes:
        asked = _asked(head)
        if asked is None:
            return _NOT_FOUND
        state, token = asked
        async with asyncio.timeout(_ANSWER_S):
            done = await self._called_back(state=state, token=token)
        if done is None:
            return _NOT_FOUND
        return _page(_LOGGED_IN if done else _NOT_LOGGED_IN)


def _asked(head: bytes) -> tuple[str, Secret | None] | None:
    """Return state and token of a request; None where it is not what a redirect of Zerodha's looks like.

    The token is None where Zerodha says that the login did not succeed (Kite Connect docs, user: login
    flow; ``status``).
    """
    found = _REQUEST.match(head)
    if found is None:
        return None
    fields = parse_qs(found[1].decode("ascii"))
    state, token = fields.get("state", []), fields.get("request_token", [])
    if len(state) != 1 or not _STATE.fullmatch(state[0]):
        return None
    if fields.get("status", ["success"]) != ["success"]:
        return state[0], None
    if len(token) != 1 or not _TOKEN.fullmatch(token[0]):
        return None
    return state[0], Secret(token[0])


def _page(text: str) -> bytes:
    body = text.encode()
    head = (
        "HTTP/1.1 200 OK",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",
        "X-Content-Type-Options: nosniff",
        "Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Connection: close",
    )
    return "\r\n".join((*head, "", "")).encode() + body
