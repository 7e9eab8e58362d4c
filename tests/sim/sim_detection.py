"""Small days that measure how soon something is noticed, in virtual time and over the real socket code.

Only the network below the socket is replaced: who falls silent, what is said of it and when it comes
back is `KiteStream` itself.
"""

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable
from contextvars import Context
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self, TypeVar

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.http11 import Response as UpgradeAnswer

from demo.exchange.build import MASTER as MASTER_ID
from demo.exchange.exchange import Exchange
from demo.exchange.faults import Meets, Operation, ReadFault, SocketFault, SocketTrouble, View
from demo.exchange.sockets import Socket
from demo.exchange.wire import KiteError
from engine.brokers.kite.credentials import Credentials
from engine.brokers.kite.dial import tls_context
from engine.brokers.kite.frames import FrameReader
from engine.brokers.kite.replies import Request
from engine.brokers.kite.stream import KiteStream
from engine.core.values.market import MASTER, AccountName
from engine.core.values.notices import Notice
from engine.feed import Feed
from tests.sim import sim_member
from tests.sim.sim_day import Day
from tests.sim.sim_plan import Act, Plan
from tests.sim.virtual_loop import VirtualClock, run_virtually

T = TypeVar("T")
_TLS = tls_context(None)
#: How often a day looks whether it has happened, and after how long it gives up, seconds.
LOOK_S, GIVE_UP_S = 0.1, 1500.0


class Watched(Day):
    """A day without a plan: two followers, and a hand that does one thing at a time.

    Attributes:
        rng: Draws the moments and kinds of a seed.
        sent: (when, account) of every write as its first byte leaves.
    """

    def __init__(self, seed: int, data_dir: Path) -> None:
        plan = Plan(seed=seed, multipliers=("1", "2"), mirrors=("sweep", "sweep"))
        super().__init__(plan, data_dir, lambda inner: inner)
        self.rng = random.Random(f"{seed}:detection")
        self.sent: list[tuple[datetime, str]] = []
        self.setting.spy = self._spy

    def _spy(self, account: str, _request: Request) -> None:
        self.sent.append((self.clock.now(), account))

    def order(self, kind: str, *, symbol: int = 0) -> None:
        """Have the master trade at the market: ``buy`` or ``sell``."""
        self.hand.do(Act(after=0.0, kind=kind, lots=5, symbol=symbol))

    def freeze(self, user_id: str) -> None:
        """Have an account's book stand still from now on, for reads alone."""
        meets = Meets(
            user_id=user_id, operation=Operation.ORDERS, times=None, after=self.exchange.now()
        )
        self.exchange.faults.add(ReadFault(meets=meets, view=View.STALE))

    def stand_still(self, seconds: float) -> None:
        """Run nothing of the process for so long, as a machine does that is busy or asleep."""
        self._loop.stall(seconds)
        if seconds > 60:
            # Nobody looks: the exchange need not be so busy.
            self._pump_s = 5.0

    def lose_frames(self, user_id: str) -> None:
        """Have no order frame of an account come any more; its socket lives."""
        meets = Meets(user_id=user_id, operation=Operation.FRAME, times=None)
        self.exchange.faults.add(SocketFault(meets=meets, trouble=SocketTrouble.LOSE))

    def refuse_sockets(self, user_id: str) -> None:
        """Break an account's socket off and let none come up from now on."""
        meets = Meets(user_id=user_id, operation=Operation.CONNECT, times=None)
        self.exchange.faults.add(SocketFault(meets=meets, trouble=SocketTrouble.REFUSE))
        for socket in self.exchange.sockets.open_for(user_id):
            self.exchange.sockets.break_off(socket)

    def feed(self, name: AccountName = MASTER) -> Feed:
        return self.lives.now().members[name].feed

    def told(self, *words: str) -> list[Notice]:
        """Return the alerts with all of these words."""
        return [each for each in self.setting.notices if all(word in each.text for word in words)]

    async def until(self, condition: Callable[[], T]) -> T:
        """Wait for something and return it."""
        end = self.clock.monotonic() + GIVE_UP_S
        while not (found := condition()):
            assert self.clock.monotonic() < end, "it was never noticed"
            await asyncio.sleep(LOOK_S)
        return found

    async def filled(self) -> datetime:
        """Wait until the master's newest order is filled whole; return when."""
        await self.until(lambda: self.exchange.orders_of(MASTER_ID)[-1]["status"] == "COMPLETE")
        return self.clock.now()

    async def live(self, scenario: Callable[["Watched"], Awaitable[T]]) -> T:
        """Open the day, do what is to be measured, and end it."""
        async with asyncio.TaskGroup() as group:
            helpers = [group.create_task(self._pump()), group.create_task(self.lives.keep(group))]
            await asyncio.sleep(0)
            await self._open()
            found = await scenario(self)
            for helper in helpers:
                helper.cancel()
            self.lives.now().kill()
        return found


def measure(
    seed: int, data_dir: Path, scenario: Callable[[Watched], Awaitable[T]], *, pings: bool = False
) -> T:
    """Run one small day.

    Args:
        seed: Draws everything.
        data_dir: An empty folder.
        scenario: What is done and measured, once everybody is logged in and copying goes on.
        pings: Whether a socket that is half open still answers pings.
    """

    async def work() -> T:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(secrets, "choice", random.Random(f"{seed}:store").choice)
            patch.setattr(sim_member, "SimStream", _over_virtual_sockets(pings=pings))
            return await Watched(seed, data_dir).live(scenario)

    return run_virtually(work())


# -- the socket's network ---------------------------------------------------------------------


def _over_virtual_sockets(*, pings: bool) -> Callable[..., KiteStream]:
    def make(
        exchange: Exchange,
        credentials: Credentials,
        *,
        clock: VirtualClock,
        rng: random.Random,
        frames: FrameReader,
    ) -> KiteStream:
        stream = KiteStream(
            credentials, ws_url="wss://ws.kite.trade", tls=_TLS, clock=clock, rng=rng,
            find_name=frames._find_name,
        )  # fmt: skip
        stream._address = _Address(exchange, rng, pings=pings)
        return stream

    return make


class _Address:
    """Stands where ``StreamAddress`` stands."""

    def __init__(self, exchange: Exchange, rng: random.Random, *, pings: bool) -> None:
        self._parts = exchange, rng, pings

    def opener(self, *, api_key: str, access_token: str) -> "VirtualSocket":
        return VirtualSocket(*self._parts, api_key, access_token)


class VirtualSocket:
    """A client's WebSocket whose other end is the exchange's core; frames keep their order."""

    def __init__(
        self, exchange: Exchange, rng: random.Random, pings: bool, api_key: str, token: str
    ) -> None:
        self.transport = self
        self.fault: Exception | None = None
        self._take: Callable[[str | bytes], None] | None = None
        self._exchange, self._rng, self._pings = exchange, rng, pings
        self._keys = api_key, token
        self._frames: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._socket: Socket | None = None
        self._last = 0.0

    async def __aenter__(self) -> Self:
        await asyncio.sleep(self._rng.uniform(0.01, 0.2))
        try:
            self._socket = self._exchange.sockets.connect(*self._keys, self._deliver)
        except KiteError as error:
            raise InvalidStatus(UpgradeAnswer(error.status, "", {})) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        self.abort()

    def deliver_to(self, take: Callable[[str | bytes], None]) -> None:
        """Hand whole frames on as they come, as ``FrameSocket`` does."""
        self._take = take

    async def recv(self) -> str | bytes:
        frame = await self._frames.get()
        if frame is None:
            raise ConnectionClosedError(None, None)
        return frame

    async def send(self, text: str) -> None:
        loop, receive = asyncio.get_running_loop(), self._exchange.sockets.receive
        loop.call_later(0.02, receive, self._socket, text, context=Context())

    async def ping(self) -> asyncio.Future[float]:
        """Answer at once where pings are answered, however silent all else is."""
        pong: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        if self._pings:
            pong.set_result(0.0)
        return pong

    async def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        if self._socket is not None:
            self._exchange.sockets.forget(self._socket)
        self._frames.put_nowait(None)

    def _deliver(self, frame: str | bytes | None) -> None:
        loop = asyncio.get_running_loop()
        self._last = max(self._last, loop.time() + self._rng.uniform(0.004, 0.06))
        loop.call_at(self._last, self._arrive, frame)

    def _arrive(self, frame: str | bytes | None) -> None:
        if frame is None or self._take is None:
            self._frames.put_nowait(frame)
        else:
            self._take(frame)


def seconds(passed: timedelta) -> float:
    return passed.total_seconds()
