"""A transport in memory, and a write that is sent over it through the real connection and gateway."""

import asyncio
from collections.abc import Callable

from engine.brokers.kite.dial import Origin
from engine.brokers.kite.gateway import KiteGateway
from engine.brokers.kite.wire import Wire
from engine.core.values.commands import Outcome
from tests.contracts.kite.kite_servers import outcome_of, some_credentials
from tests.contracts.kite.outcome_rule import OPERATIONS


class Line(asyncio.Transport):
    """One connection: what is written gets an answer, or an end."""

    def __init__(self, protocol: asyncio.Protocol, answer: bytes, *, closes: bool) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self._protocol = protocol
        self._answer = answer
        self._closes = closes
        self.closing = False

    def write(self, data: bytes) -> None:
        self.written.append(bytes(data))
        asyncio.get_running_loop().call_soon(self._react)

    def _react(self) -> None:
        if self._answer and not self.closing:
            self._protocol.data_received(self._answer)
        if self._closes:
            self.abort()

    def is_closing(self) -> bool:
        return self.closing

    def abort(self) -> None:
        if not self.closing:
            self.closing = True
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    close = abort


class Dial:
    """Stands where the dialler stands: fails, or hands out a line in memory."""

    def __init__(self, *, answer: bytes = b"", closes: bool = False, dead: bool = False) -> None:
        self.origin = Origin.parse("https://api.kite.trade")
        self.failure: OSError | None = None
        self.answer, self.closes, self.dead = answer, closes, dead
        self.lines: list[Line] = []

    async def dial(self, make: Callable[[], asyncio.Protocol]) -> asyncio.Protocol:
        if self.failure is not None:
            raise self.failure
        protocol = make()
        line = Line(protocol, self.answer, closes=self.closes)
        self.lines.append(line)
        protocol.connection_made(line)
        if self.dead:
            line.abort()
        return protocol

    @property
    def requests(self) -> int:
        return sum(len(line.written) for line in self.lines)


def answer_of(status: int, content_type: str, body: bytes) -> bytes:
    kind = f"Content-Type: {content_type}\r\n" if content_type else ""
    head = f"HTTP/1.1 {status} X\r\n{kind}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def told(dial: Dial, operation: str) -> Outcome:
    credentials = some_credentials()
    wire = Wire(dialler=dial, credentials=credentials, permit=lambda: True)
    outcome = await outcome_of(KiteGateway(wire, credentials), OPERATIONS[operation])
    assert dial.requests <= 1, "a write left twice"
    await wire.close()
    return outcome
