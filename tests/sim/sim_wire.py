"""What lies between the real Kite adapter and the exchange's core when there is no network.

Codec, classifier, gateway, reader and frame reader are the real ones; only sockets are replaced.
"""

import asyncio
import random
from collections.abc import Callable
from contextvars import Context, copy_context
from datetime import UTC
from email.utils import format_datetime
from urllib.parse import parse_qs

from demo.exchange.exchange import Exchange
from demo.exchange.wire import JSON_BODY, Drop, KiteError
from demo.exchange.wire import Reply as ExchangeReply
from engine.brokers.kite.credentials import Credentials
from engine.brokers.kite.frames import FrameReader
from engine.brokers.kite.replies import (
    Forbidden,
    Lost,
    NoSession,
    NotSent,
    Reply,
    Request,
    Response,
)
from engine.brokers.kite.stream import SILENCE_S
from engine.errors import BrokerUnavailable, SessionExpired
from engine.ports import OrderStream, StreamDown, StreamEvent, StreamUp
from tests.sim.virtual_loop import VirtualClock

#: Seconds on the way there and on the way back, at least and at most.
_QUICK, _SLOW = 0.004, 0.06

#: Hears of every write at the moment its first byte leaves: (account, request).
Spy = Callable[[str, Request], None]


class SimWire:
    """Stands where ``Wire`` stands: one account's HTTP, with the same promises.

    Attributes:
        dead: The process has been killed: what has left arrives, nothing comes back.
        unreachable: No connection can be made: requests end as ``NotSent``.
    """

    def __init__(
        self,
        exchange: Exchange,
        credentials: Credentials,
        *,
        permit: Callable[[], bool],
        rng: random.Random,
        spy: Spy,
    ) -> None:
        self.dead = False
        self.unreachable = False
        self._exchange = exchange
        self._credentials = credentials
        self._permit = permit
        self._rng = rng
        self._spy = spy

    def send(
        self,
        request: Request,
        *,
        timeout_s: float,
        on_reply: Callable[[Reply], None],
        limit: int = 0,
    ) -> None:
        if self.dead:
            return
        loop = asyncio.get_running_loop()
        barred = self._barred(request)
        if barred is not None:
            loop.call_soon(self._deliver, on_reply, barred)
            return
        if request.needs_permit:
            self._spy(self._credentials.name, request)
        headers = {"X-Kite-Version": "3"}
        line = (self._credentials.authorization or b"").decode().strip()
        name, _, value = line.partition(": ")
        headers[name] = value
        settled = [False]
        inside, outside = copy_context(), Context()

        def settle(reply: Reply) -> None:
            if not settled[0]:
                settled[0] = True
                timer.cancel()
                self._deliver(on_reply, reply)

        def arrive() -> None:
            body = request.body.decode()
            fields = {JSON_BODY: body} if request.json else parse_qs(body)
            answer = self._exchange.request(request.method, request.target, fields, headers)
            delay = answer.delay_s + self._latency()
            loop.call_later(delay, settle, self._as_reply(answer), context=inside)

        timer = loop.call_later(timeout_s, settle, Lost(detail="no answer in time"))
        # What has left arrives, whatever becomes of the process.
        loop.call_later(self._latency(), arrive, context=outside)

    async def get(
        self, target: str, *, timeout_s: float = 7.0, limit: int = 0, gzip: bool = False
    ) -> Response:
        return await self.ask(Request(method="GET", target=target), timeout_s=timeout_s)

    async def ask(self, request: Request, *, timeout_s: float = 7.0, limit: int = 0) -> Response:
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

        def deliver(reply: Reply) -> None:
            if not future.done():
                future.set_result(reply)

        self.send(request, timeout_s=timeout_s, on_reply=deliver)
        match await future:
            case Response() as response:
                return response
            case NoSession():
                raise SessionExpired("nobody is logged in")
            case other:
                raise BrokerUnavailable(str(other))

    async def warm(self) -> None:
        """Always warm."""

    async def close(self) -> None:
        """Nothing to close."""

    def _barred(self, request: Request) -> Reply | None:
        if request.needs_permit and not self._permit():
            return Forbidden()
        if self._credentials.authorization is None:
            return NoSession()
        return NotSent(detail="no connection") if self.unreachable else None

    def _deliver(self, on_reply: Callable[[Reply], None], reply: Reply) -> None:
        if not self.dead:
            on_reply(reply)

    def _as_reply(self, answer: ExchangeReply) -> Reply:
        if answer.drop is not Drop.NONE:
            return Lost(detail=f"the connection was lost ({answer.drop})")
        date = format_datetime(self._exchange.now().astimezone(UTC), usegmt=True)
        return Response(
            status=answer.status,
            content_type=answer.headers.get("Content-Type", ""),
            date=date.encode(),
            body=answer.body,
        )

    def _latency(self) -> float:
        return self._rng.uniform(_QUICK, _SLOW)


class SimStream(OrderStream):
    """Stands where ``KiteStream`` stands: frames come with a delay, silence ends the connection."""

    def __init__(
        self,
        exchange: Exchange,
        credentials: Credentials,
        *,
        clock: VirtualClock,
        rng: random.Random,
        frames: FrameReader,
    ) -> None:
        self._exchange = exchange
        self._credentials = credentials
        self._clock = clock
        self._rng = rng
        self._frames = frames
        self._tokens: frozenset[int] = frozenset()
        self._subscribe: Callable[[], None] | None = None

    def watch(self, tokens: frozenset[int]) -> None:
        if tokens == self._tokens:
            return
        self._tokens = tokens
        if self._subscribe is not None:
            self._subscribe()

    async def run(self, sink: Callable[[StreamEvent], None]) -> None:
        while True:
            while self._credentials.session is None:
                self._credentials.changed.clear()
                await self._credentials.changed.wait()
            self._credentials.changed.clear()
            reason = await self._once(sink)
            sink(StreamDown(at=self._clock.now(), reason=reason))
            await asyncio.sleep(self._rng.uniform(0.1, 2.0))

    async def _once(self, sink: Callable[[StreamEvent], None]) -> str:
        session = self._credentials.session
        if session is None:
            return "no session"
        loop = asyncio.get_running_loop()
        frames: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        last = 0.0

        def deliver(frame: str | bytes | None) -> None:
            # One connection keeps its order, however long each frame takes.
            nonlocal last
            last = max(last, loop.time() + self._rng.uniform(_QUICK, _SLOW))
            loop.call_at(last, frames.put_nowait, frame)

        try:
            token = session.access_token.reveal()
            socket = self._exchange.sockets.connect(self._credentials.api_key, token, deliver)
        except KiteError as error:
            return error.message

        def subscribe() -> None:
            tokens = sorted(self._tokens)
            text = f'{{"a": "mode", "v": ["full", {tokens}]}}'
            receive = self._exchange.sockets.receive
            loop.call_later(_QUICK, receive, socket, text, context=Context())

        sink(StreamUp(at=self._clock.now()))
        self._subscribe = subscribe
        subscribe()
        try:
            while True:
                async with asyncio.timeout(SILENCE_S):
                    frame = await frames.get()
                if frame is None:
                    return "the connection was lost"
                event = self._frames.read(frame)
                if event is not None:
                    sink(event)
        except TimeoutError:
            return "silence"
        finally:
            self._subscribe = None
            self._exchange.sockets.forget(socket)
