"""Answers Prometheus on this machine, on the engine's own loop: what it reads is never half changed."""

import asyncio
import logging
import re
from collections.abc import Callable
from contextlib import suppress

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from bot.settings.addresses import is_loopback
from engine.clock import Clock

#: Seconds between looks how late the loop is.
LOOK_S = 0.5
#: Seconds until the address is tried again where it could not be listened on.
RETRY_S = 60.0
_READ_S = 5.0
_MAX_REQUEST_BYTES = 8_192
_DELAYS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_REQUEST = re.compile(rb"GET /metrics(?:\?[^ ]*)? HTTP/1\.[01]\r\n")
_HOST = re.compile(rb"\r\nhost:[ \t]*([^\r\n]*?)(?::\d+)?[ \t]*\r\n", re.IGNORECASE)
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

_log = logging.getLogger(__name__)


class MetricsServer:
    """One small server; it answers ``GET /metrics`` and nothing else.

    Args:
        bind: Host and port on this machine.
        registry: What is told.
        read: Called before each answer, to read what stands now.
        clock: Waits, and tells how late the loop is.
        failed: Told in one line, once, where it cannot listen.
    """

    def __init__(
        self,
        bind: tuple[str, int],
        registry: CollectorRegistry,
        *,
        read: Callable[[], None],
        clock: Clock,
        failed: Callable[[str], None],
    ) -> None:
        self._host, self._port = bind
        self._registry = registry
        self._read = read
        self._clock = clock
        self._failed = failed
        self._told = False
        self._delays = Histogram(
            "kitecopytrader_loop_delay_seconds",
            "How late the program's loop was, looked at every half second: a stall shows here.",
            buckets=_DELAYS,
            registry=registry,
        )

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                server = await asyncio.start_server(
                    self._serve, self._host, self._port, limit=_MAX_REQUEST_BYTES
                )
            except OSError as error:
                self._say_failed(error.strerror or type(error).__name__)
                await self._clock.sleep(RETRY_S)
                continue
            self._told = False
            try:
                await self._watch_loop()
            finally:
                server.close()

    async def _watch_loop(self) -> None:
        while True:
            before = self._clock.monotonic()
            await self._clock.sleep(LOOK_S)
            self._delays.observe(max(0.0, self._clock.monotonic() - before - LOOK_S))

    def _say_failed(self, why: str) -> None:
        if not self._told:
            self._told = True
            self._failed(
                f"METRICS__BIND {self._host}:{self._port} cannot be listened on ({why}): no metrics. Free it "
                "or choose another port. Copying goes on."
            )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_READ_S):
                head = await reader.readuntil(b"\r\n\r\n")
            writer.write(self._answer(head))
            async with asyncio.timeout(_READ_S):
                await writer.drain()
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            pass  # too slow, too long, or gone: nothing is owed
        except Exception:  # noqa: BLE001 - a scrape must not end the server
            # A metric that cannot be read must not be silence: the scrape fails, and the log says why.
            _log.exception("metrics failed", extra={"action": "metrics"})
        finally:
            with suppress(OSError):
                writer.close()

    def _answer(self, head: bytes) -> bytes:
        host = _HOST.search(head)
        # A page in a browser may name this machine by a host of its own (DNS rebinding) and read the answer.
        if not _REQUEST.match(head) or host is None or not _is_here(host[1]):
            return _NOT_FOUND
        self._read()
        body = generate_latest(self._registry)
        fields = (
            "HTTP/1.1 200 OK",
            f"Content-Type: {CONTENT_TYPE_LATEST}",
            f"Content-Length: {len(body)}",
            "Cache-Control: no-store",
            "Connection: close",
        )
        return "\r\n".join((*fields, "", "")).encode() + body


def _is_here(host: bytes) -> bool:
    return is_loopback(host.decode("ascii", "replace").strip("[]"))
