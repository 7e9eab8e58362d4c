"""What goes on by itself: the tick, the kill file, the day's instruments, warm connections."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from engine.attention import elsewhere_traded, offered_entries, watched_tokens
from engine.clock import Clock
from engine.core.decide import DAY_TURNS_AT, trading_day_of
from engine.core.values.control import Requester, SetKill
from engine.core.values.events import Faulted, Ticked
from engine.core.values.instruments import InstrumentBook
from engine.core.values.market import IST, MASTER, AccountName, Venue
from engine.errors import BrokerError
from engine.feed import Feed
from engine.moment import Switch
from engine.ports import InstrumentSource, OrderGateway
from engine.prices import PriceBoard
from engine.runner import Runner
from engine.standstill import Standstill

_log = logging.getLogger(__name__)

#: Seconds between ticks: planned orders that wait for budget, exit ladders, day changes.
TICK_S = 0.1
#: Seconds between looks at the kill file (contract: no entry leaves within 1 s of it; the lanes
#: look for themselves, this only brings the state and the chat up to it).
KILL_LOOK_S = 0.3
#: Seconds between looks after all connections; Kite's edge closes idle ones within a minute or so.
WARM_S = 10.0
#: Seconds between looks for accounts that may be written to from now on: /live, or a login in LIVE.
WARM_LOOK_S = 0.2
#: Accounts that are looked after in one turn of the loop: those of a thousand take 20 ms together,
#: and an order of the master's may come at any moment.
_WARMED_AT_ONCE = 20
#: Seconds until the dump is asked for again after a failure, and between looks for a new day.
INSTRUMENTS_RETRY_S, INSTRUMENTS_LOOK_S = 2.0, 300.0
#: When the day's list is there for certain: one that was loaded before is loaded once more.
#: Source: Kite Connect docs, market quotes and instruments ("around 08:30 AM", read 2026-11).
LISTED_BY = time(8, 30)

#: Who sets the switch when the file was made by hand.
KILL_FILE = Requester(user_id=0, name="kill file")


#: What people are told while the day's list cannot be loaded.
OLD_ONE_USED = (
    "The list of instruments of {day:%d %b} could not be loaded yet; an older one is used: shares are copied, "
    "futures and options are not entered. Exits follow. It is tried again every 2 s."
)
NOTHING_LOADED = (
    "The list of instruments of {day:%d %b} could not be loaded yet: nothing is entered until it is. Exits of "
    "what is held follow. It is tried again every 2 s."
)


def due_since(now: datetime) -> datetime:
    """Return since when a list must have been loaded to count as the newest there is."""
    day = trading_day_of(now)
    listed = datetime.combine(day, LISTED_BY, tzinfo=IST)
    return listed if now >= listed else datetime.combine(day, time(), tzinfo=IST) + DAY_TURNS_AT


class Pulse:
    """The engine's own regular work; each method is one supervised task."""

    def __init__(  # noqa: PLR0913 - the parts it looks after, each named
        self,
        runner: Runner,
        *,
        clock: Clock,
        prices: PriceBoard,
        master: Feed,
        gateways: Mapping[AccountName, OrderGateway],
        source: InstrumentSource,
        kill: Switch,
        listed: Callable[[InstrumentBook], None],
    ) -> None:
        self._runner = runner
        self._clock = clock
        self._prices = prices
        self._master = master
        self._gateways = gateways
        self._source = source
        self._kill = kill
        self._listed = listed
        self._loaded_at: datetime | None = None
        self._failed = ("", False)
        self._watched: frozenset[int] = frozenset()
        self._logged_in = asyncio.Event()

    def session_began(self) -> None:
        """Look for the day's instruments at once: a session is there now."""
        self._logged_in.set()

    async def tick(self) -> None:
        """Offer ticks, with the prices of what is open, and keep the right prices coming."""
        standstill = Standstill(self._clock)
        while True:
            stood_still = standstill.look(every_s=TICK_S)
            if stood_still is not None:
                self._runner.offer(stood_still)
            now = self._clock.now()
            self._runner.offer(
                Ticked(at=now, trading_day=trading_day_of(now), prices=self._open_prices())
            )
            tokens = watched_tokens(self._runner.state)
            if tokens != self._watched:
                self._watched = tokens
                self._master.watch(tokens)
            await self._clock.sleep(TICK_S)

    def _open_prices(self) -> tuple[tuple[str, Decimal], ...]:
        state = self._runner.state
        keys = {
            (key.exchange, key.symbol)
            for key, books in state.books.items()
            if any(book.held or book.entries_outstanding() for book in books.values())
        }
        keys |= {(key.exchange, key.symbol) for key in elsewhere_traded(state)}
        keys |= {(key.exchange, key.symbol) for key in offered_entries(state)}
        found = ((f"{e}:{s}", self._prices.last_price(e, s)) for e, s in sorted(keys))
        return tuple((key, price) for key, price in found if price is not None)

    async def look_at_kill_switch(self) -> None:
        """Bring the state up to the kill file, which works without us."""
        while True:
            active = self._kill.is_set()
            if active != self._runner.state.killed:
                await self._runner.ask(SetKill(active=active), by=KILL_FILE)
            await self._clock.sleep(KILL_LOOK_S)

    async def keep_instruments(self) -> None:
        """Load the day's instruments; again on every new trading day, and until it works."""
        while True:
            now = self._clock.now()
            pause = INSTRUMENTS_LOOK_S
            if self._loaded_at is None or self._loaded_at < due_since(now):
                try:
                    book = await self._source.load()
                except BrokerError as error:
                    pause = INSTRUMENTS_RETRY_S
                    self._keep_old(trading_day_of(now))
                    self._say_failed(str(error))
                else:
                    self._loaded_at, self._failed = now, ("", False)
                    self._use(book.dated(trading_day_of(now)))
            self._logged_in.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._logged_in.wait()

    def _use(self, book: InstrumentBook) -> None:
        self._runner.state.instruments = book
        self._listed(book)

    def _keep_old(self, day: date) -> None:
        """Count what was loaded too early this morning as the list of the day before."""
        book = self._runner.state.instruments
        if book.of_day == day:
            self._use(book.dated(day - timedelta(days=1)))

    def _say_failed(self, why: str) -> None:
        # Before the day's first login that is as it should be.
        logged_in = self._runner.state.account(MASTER).session_ok
        if (why, logged_in) == self._failed:
            return  # tried again every few seconds, told once
        self._failed = (why, logged_in)
        level = logging.WARNING if logged_in else logging.INFO
        _log.log(level, "instruments not loaded", extra={"action": "instruments", "why": why})
        if logged_in or self._loaded_at is not None:
            now = self._clock.now()
            words = NOTHING_LOADED if self._loaded_at is None else OLD_ONE_USED
            text = words.format(day=trading_day_of(now))
            self._runner.offer(Faulted(topic="engine", text=text, at=now))

    async def keep_warm(self) -> None:
        """Keep connections open where the next write must not pay a handshake.

        No account waits for another's handshake.
        """
        warm: frozenset[AccountName] = frozenset()
        all_due = self._clock.monotonic()
        async with asyncio.TaskGroup() as handshakes:
            while True:
                writable, now = self._writable(), self._clock.monotonic()
                if now >= all_due:
                    warm, all_due = frozenset(), now + WARM_S
                for number, name in enumerate(sorted(writable - warm), 1):
                    gateway = self._gateways.get(name)
                    if gateway is not None:  # he may have left in one of these turns
                        handshakes.create_task(gateway.warm())
                    if number % _WARMED_AT_ONCE == 0:
                        await asyncio.sleep(0)
                warm = writable
                await self._clock.sleep(WARM_LOOK_S)

    def _writable(self) -> frozenset[AccountName]:
        """Return the accounts that an order may leave for at any moment."""
        state = self._runner.state
        if state.venue is not Venue.LIVE:
            return frozenset()
        return frozenset(
            name for name in self._gateways if name != MASTER and state.account(name).session_ok
        )
