"""The director: runs the scenes at the right pace and acts as the master in the Kite app."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from demo.exchange.build import MASTER
from demo.exchange.instruments import Instrument, Toward
from demo.exchange.tickets import AppOrder
from demo.show.accounting import Accounting
from demo.stage import Stage

#: How long the copies of one act may take before the show goes on, seconds. The engine's own
#: pause before it re-prices what is unfilled is 2 s of these.
SETTLE_S = 8.0
_LOOK_S = 0.05


class ProgramEndedError(Exception):
    """The program ended in the middle of the show; its log says why."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One part of the show.

    Attributes:
        title: Two to five words.
        caption: What is seen and why it matters, one short line.
        beats: How long it takes, seconds at the normal pace; what ``act`` waits should add up to it.
        act: Does it.
    """

    title: str
    caption: str
    beats: float
    act: Callable[["Director"], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Progress:
    """Where the show is; the screen reads it.

    Attributes:
        number: Of the present scene, from 1; 0 before the first.
        count: How many scenes there are.
        title: Of the present scene.
        caption: Of the present scene.
        done: Share of the whole that is over, 0 to 1.
    """

    number: int = 0
    count: int = 0
    title: str = "Curtain up"
    caption: str = "starting the local exchange and the local chat…"
    done: float = 0.0


@dataclass(slots=True, kw_only=True)
class Director:
    """Runs scenes; also the hands of the master and the one who moves prices.

    Attributes:
        stage: The running stage.
        accounting: Knows what is true and what should be.
        pace: Real seconds per beat, > 0.
        rng: Chance of quantities; the same seed gives the same script.
        tell: Called with a line for every act of the master.
        scene_began: Called when a scene begins.
        progress: For whoever shows it.
    """

    stage: Stage
    accounting: Accounting
    pace: float
    rng: random.Random
    tell: Callable[[str], None]
    scene_began: Callable[[Progress], None]
    progress: Progress = field(default_factory=Progress)
    _beats_over: float = 0.0
    _beats_in_all: float = 1.0
    _scene_ends: float = 0.0
    _stopped: bool = False

    async def run(self, scenes: Sequence[Scene]) -> None:
        """Play all scenes, one after the other.

        Raises:
            ProgramEndedError: The program is gone.
            NotShownError: The bot did not say what it should.
        """
        self._beats_in_all = sum(scene.beats for scene in scenes)
        self.progress.count = len(scenes)
        over = 0.0
        for number, scene in enumerate(scenes, start=1):
            self.progress.number = number
            self.progress.title, self.progress.caption = scene.title, scene.caption
            self._beats_over, self._scene_ends = over, over + scene.beats
            self.scene_began(self.progress)
            await scene.act(self)
            over += scene.beats
            self.progress.done = over / self._beats_in_all
        await self.settle()
        self.progress.title = "The end"
        self.progress.caption = "Every book is held against what it should be."

    async def beat(self, beats: float) -> None:
        """Let the audience look for this long, seconds at the normal pace."""
        left = beats * self.pace
        while left > 0:
            step = min(_LOOK_S, left)
            await asyncio.sleep(step)
            left -= step
            self._beats_over = min(self._beats_over + step / self.pace, self._scene_ends)
            self.progress.done = self._beats_over / self._beats_in_all
            self.require_program()

    async def settle(self, beats: float = 0.0) -> None:
        """Wait this long, and until every book is right, at most `SETTLE_S` more.

        A book that is still wrong then is no error here: the verdict names it.
        """
        await self.beat(beats)
        await self.wait_for(self.accounting.is_settled)

    async def wait_for(self, condition: Callable[[], bool]) -> bool:
        """Wait until something holds, at most `SETTLE_S`; return whether it does."""
        loop = asyncio.get_running_loop()
        end = loop.time() + SETTLE_S
        while not condition():
            if loop.time() > end:
                return False
            await asyncio.sleep(_LOOK_S)
            self.require_program()
        return True

    def require_program(self) -> None:
        """Check that the program lives.

        Raises:
            ProgramEndedError: It does not.
        """
        if not self.stage.program_runs:
            raise ProgramEndedError("the program ended in the middle of the show")

    def order(
        self,
        side: Literal["BUY", "SELL"],
        row: Instrument,
        quantity: int,
        *,
        product: str = "MIS",
        price: Decimal | None = None,
        left_out: Iterable[str] = (),
    ) -> str:
        """Place an order as the master does in the Kite app; return its id.

        Args:
            side: BUY or SELL.
            row: What to trade.
            quantity: Units.
            product: MIS, CNC or NRML.
            price: Limit in rupees; None for a market order.
            left_out: Followers who must not get the entry: their broker will refuse it.
        """
        at = "at market" if price is None else f"limit {price:,}"
        self.tell(f"{side} {quantity} {row.tradingsymbol} {product} {at}")
        ticket: AppOrder = {
            "exchange": row.exchange,
            "tradingsymbol": row.tradingsymbol,
            "transaction_type": side,
            "quantity": quantity,
            "product": product,
        }
        if price is not None:
            ticket["price"] = price
        order_id = self.stage.exchange.place_from_app(MASTER, **ticket)
        for name in self.stage.names if self._stopped else left_out:
            self.accounting.left_out[name].add(order_id)
        return order_id

    def cancel(self, order_id: str) -> None:
        """Cancel an order of the master in the Kite app."""
        self.tell("CANCEL the rest of that order")
        self.stage.exchange.cancel_from_app(MASTER, order_id)

    def entries_stopped(self) -> None:
        """From now on no follower may get an entry: the trader sent ``/stop``."""
        self._stopped = True

    async def until_copied(self, order_id: str) -> None:
        """Wait until every follower works on a copy of a resting order, at most `SETTLE_S`."""
        await self.wait_for(
            lambda: all(book.copies[order_id].orders for book in self.accounting.books())
        )

    def last_price(self, row: Instrument) -> Decimal:
        """Return the last price in rupees."""
        return self.stage.exchange.market.touch(row).last

    def move(self, row: Instrument, bps: float) -> Decimal:
        """Move a price by hundredths of a per cent and pin it there; return it."""
        share = 1 + Decimal(str(bps)) / 10_000
        price = row.round(self.last_price(row) * share, Toward.DOWN)
        self.pin(row, price)
        return price

    def pin(self, row: Instrument, price: Decimal) -> None:
        """Set a price; it stays until `let_go`."""
        self.stage.exchange.set_price(row.exchange, row.tradingsymbol, price, spread_ticks=1)

    def offer(self, row: Instrument, units: int | None) -> None:
        """Offer so many units at the touch and not one more; None lifts the limit."""
        self.stage.exchange.set_depth(row.exchange, row.tradingsymbol, units)

    def let_go(self, row: Instrument) -> None:
        """Let a price walk again."""
        self.stage.exchange.market.release(row)
