"""One master, one follower, one instrument: plays an action and writes down what the follower gets."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from engine.core.decide import trading_day_of
from engine.core.state.turn import child_tag
from engine.core.values.commands import Cancel, Command, Modify, Place, RefusalKind
from engine.core.values.events import Ticked
from engine.core.values.instruments import Instrument
from engine.core.values.keys import Leg
from engine.core.values.market import OrderType, Product, Venue
from engine.core.values.rules import Mirror
from tests.core.core_world import INSTRUMENTS, World, a_follower, an_order

#: Rupees at which everything stands, on every tick there is.
PRICE = Decimal(100)


@dataclass(slots=True)
class Scene:
    """A world around one instrument, with quantities in lots and prices in ticks from 100.

    Attributes:
        marks: When the follower got what, in words.
        seen: How many of the world's commands were written down.
        takes: Whether the follower's broker answers at once.
        market_fills: Whether a MARKET order of the follower fills at once.
    """

    world: World
    instrument: Instrument
    product: Product
    marks: list[tuple[datetime, str]]
    seen: int = 0
    takes: bool = True
    market_fills: bool = True

    def row(self, order_id: str = "M1", side: str = "BUY", lots: int = 10, **changed: Any):
        filled = changed.pop("filled", 0)
        for name in ("price", "trigger_price"):
            if name in changed:
                changed[name] = self.at(changed[name])
        return an_order(
            order_id, side, lots * self.instrument.lot_size,
            exchange=self.instrument.exchange, symbol=self.instrument.symbol,
            product=self.product, filled_quantity=filled * self.instrument.lot_size, **changed,
        )  # fmt: skip

    def at(self, ticks: int) -> Decimal:
        """Return a price so many ticks from the present one."""
        return PRICE + ticks * self.instrument.tick_size

    def ends_copy(self) -> None:
        """Let the exchange cancel the follower's newest order, if he has one."""
        if self.marks:
            self.world.change(self.copy(), status="CANCELLED")

    def him(self, *args: Any, **changed: Any) -> None:
        """Let the master's book show an order of his."""
        self.world.master(self.row(*args, **changed))
        self._note()

    def wait(self, seconds: float) -> None:
        """Let time pass at a price that stands still."""
        key = f"{self.instrument.exchange}:{self.instrument.symbol}"
        end = self.world.now + timedelta(seconds=seconds)
        while self.world.now < end:
            self.world.now = min(end, self.world.now + timedelta(seconds=1))
            now = self.world.now
            self.world.offer(
                Ticked(at=now, trading_day=trading_day_of(now), prices=((key, PRICE),))
            )
            self._note()

    def copy(self, order_id: str = "M1") -> Place:
        """Return the newest order of the follower for one of the master's."""
        children = [
            child
            for child in self.world.state.children.values()
            if child.master_order_id == order_id
        ]
        return children[-1].command

    def fills(self, order_id: str = "M1", lots: int | None = None) -> None:
        """Let the follower's newest order fill, so many lots or whole; nothing where he has none."""
        if self.world.children(order_id, Leg.ENTRY) or self.world.children(order_id, Leg.EXIT):
            units = None if lots is None else lots * self.instrument.lot_size
            self.world.fill(self.copy(order_id), units)
            self._note()

    def hold(self) -> None:
        """Let both hold ten lots, before anything is written down."""
        self.him("H1", filled=10, status="COMPLETE")
        if not self.world.state.children[self.copy("H1").tag].has_ended:
            self.fills("H1")
        self.forget()

    def forget(self) -> None:
        """Write down only what comes from here on."""
        self.marks.clear()

    def _note(self) -> None:
        """Write down what left, and let the follower's broker do its part."""
        while self.seen < len(self.world.commands):
            command = self.world.commands[self.seen]
            self.seen += 1
            self.marks.append((self.world.now, self._phrase(command)))
            if self.takes:
                self._take(command)

    def answer(self) -> None:
        """Let the broker answer what it was slow to."""
        self.takes = True
        for command in list(self.world.pending):
            self._take(command)
        self._note()

    def _take(self, command: Command) -> None:
        world = self.world
        if command in world.pending:
            world.pending.remove(command)
        if isinstance(command, Place):
            world.ack(command)
            self._trade(command, command)
        elif isinstance(command, Modify):
            world.modified(command)
            self._trade(self._placed(command), command)
        elif world.row(self._placed(command)).status.is_terminal:
            world.refuse(command, RefusalKind.BUSY, "being processed")
        else:
            world.cancelled(command)

    def _trade(self, placed: Place, terms: Place | Modify) -> None:
        """Fill what meets the market at the price that stands."""
        limit = terms.price if terms.order_type is OrderType.LIMIT else None
        crosses = limit is not None and (limit - PRICE) * placed.side.sign > 0
        if self.market_fills and (terms.order_type is OrderType.MARKET or crosses):
            self.world.fill(placed, price=PRICE)

    def _placed(self, command: Cancel | Modify) -> Place:
        return self.world.state.children[child_tag(command.intent_id)].command

    def _phrase(self, command: Command) -> str:
        if isinstance(command, Cancel):
            return "cancel"
        lots = Decimal(command.quantity or 0) / self.instrument.lot_size
        words = f"{command.order_type} {lots:g}"
        if command.trigger_price is not None:
            words += f", trigger {command.trigger_price.normalize():f}"
        if command.price is not None:
            words += f" at {command.price.normalize():f}"
        if isinstance(command, Modify):
            return f"modify to {words}"
        return f"{command.side} {words}"


Act = Callable[[Scene], None]


def a_scene(
    instrument: Instrument,
    product: Product,
    *,
    mirror: Mirror = Mirror.SWEEP,
    venue: Venue = Venue.LIVE,
) -> Scene:
    """Return a scene with a follower of multiplier 1."""
    world = World(a_follower(mirror=mirror), venue=venue)
    return Scene(world=world, instrument=instrument, product=product, marks=[])


def listed(key: str) -> Instrument:
    """Return an instrument of the tests' list."""
    exchange, _, symbol = key.partition(":")
    found = INSTRUMENTS.find(exchange, symbol)
    assert found is not None, key
    return found


def outcome(scene: Scene, act: Act, *, rest_s: float = 45) -> str:
    """Play an action and return in words what the follower got of it."""
    act(scene)
    began = scene.marks[0][0] if scene.marks else scene.world.now
    last_asked = len(scene.world.alerts())
    scene.wait(rest_s)
    told = [each for each in scene.world.alerts()[last_asked:] if each.needs_human]
    words: list[str] = []
    for at, phrase in scene.marks:
        after = round((at - began).total_seconds())
        words.append(f"after {after} s {phrase}" if after else phrase)
    words = _counted(words)
    if told:
        words.append("a person is asked")
    return "; ".join(words) or _reason(scene)


def _counted(words: list[str]) -> list[str]:
    """Fold many modifications in a row into the number of them and the last."""
    found: list[str] = []
    for is_change, run in groupby(words, key=lambda word: "modify" in word):
        many = list(run)
        if is_change and len(many) > 3:
            many = [f"{len(many)} modifications, the last: {many[-1]}"]
        found += many
    return found


def _reason(scene: Scene) -> str:
    for books in scene.world.state.books.values():
        for book in books.values():
            for part in reversed(book.parts.values()):
                for skip in part.skips.values():
                    return f"nothing ({skip.reason.value})"
    return "nothing"
