"""One wish of the master in many orders: his freeze-sliced burst, his autoslice, his iceberg.

A follower's sum is the whole scaled and rounded once, never each slice by itself; and when the master
is out, nothing is left behind.
"""

import random
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from msgspec.structs import replace

from engine.core.state.turn import child_tag
from engine.core.values.commands import Command, Modify, Place
from engine.core.values.market import OrderStatus
from engine.core.values.orders import OrderRow
from engine.core.values.rules import Mirror
from tests.core.core_world import a_follower
from tests.core.nifty_world import LOT, NiftyWorld, nifty

#: 60 lots as the exchange lets him: 1755 + 1755 + 390.
BURST = (27, 27, 6)
LONG = timedelta(minutes=10)
#: Round trips of each kind; 640 in all were played when this was written.
SEEDS = 2
RATIOS = ("0.5", "0.33", "1.5", "2")


class Tape:
    """The master's orders at the exchange, told to the engine in an order of its own."""

    def __init__(self, world: NiftyWorld, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self.rows: dict[str, OrderRow] = {}
        self.shown: list[OrderRow] = []

    def place(self, *rows: OrderRow) -> None:
        for row in rows:
            self._put(row)

    def fill(self, order_id: str, units: int | None = None) -> None:
        row = self.rows[order_id]
        filled = row.quantity if units is None else row.filled_quantity + units
        status = OrderStatus.COMPLETE if filled == row.quantity else OrderStatus.OPEN
        price = row.price or Decimal(100)
        self._put(
            replace(
                row, filled_quantity=filled, status=status, status_text=status.value,
                average_price=price,
            )
        )  # fmt: skip

    def end(self, order_id: str, status: OrderStatus) -> None:
        self._put(replace(self.rows[order_id], status=status, status_text=status.value))

    def _put(self, row: OrderRow) -> None:
        """His socket shows it now, later, twice or never; the next book shows it in any case."""
        self.rows[row.order_id] = row
        self.shown.append(row)
        match self.chance.choice(["socket", "socket", "late", "old", "book", "nothing"]):
            case "socket":
                self.world.their_socket(row)
            case "late":
                self.world.wait(self.chance.choice([0.1, 0.6]))
                self.world.their_socket(row)
            case "old":
                self.world.their_socket(self.chance.choice(self.shown))
            case "book":
                self.read()

    def read(self) -> None:
        self.world.master(*self.rows.values())

    def play(self, orders: list[OrderRow], *, at_once: bool) -> None:
        """Let orders come to the exchange and fill: all together, or one after the other."""
        if not at_once:
            for row in orders:
                self.place(row)
                self._fill_in_pieces([row])
        else:
            self.place(*self.chance.sample(orders, len(orders)))
            self._fill_in_pieces(orders)
        self.read()

    def _fill_in_pieces(self, orders: list[OrderRow]) -> None:
        while open_ids := [
            row.order_id for row in orders if not self.rows[row.order_id].status.is_terminal
        ]:
            row = self.rows[self.chance.choice(open_ids)]
            left = row.remaining_quantity // LOT
            self.fill(row.order_id, self.chance.randint(1, left) * LOT)
            self.followers_do_some()

    def followers_do_some(self) -> None:
        """Let the follower's broker answer and fill a little of what is there."""
        world = self.world
        while world.pending and self.chance.random() < 0.7:
            self.answer(world.take())
        for command in self.working():
            if self.chance.random() < 0.4:
                left = world.row(command).remaining_quantity // LOT
                world.fill(command, self.chance.randint(1, left) * LOT)

    def followers_finish(self) -> None:
        """Let the follower's broker do everything, until nothing more is asked of it."""
        world = self.world
        for _ in range(200):
            while world.pending:
                self.answer(world.take())
            for command in self.working():
                world.fill(command)
            world.read()
            world.wait(3, step=1)
            if not world.pending and not self.working():
                return
        raise AssertionError("the followers never finish")

    def answer(self, command: Command) -> None:
        """Do as the broker does: what has ended, or would shrink below its fills, is refused."""
        world = self.world
        if isinstance(command, Place):
            world.ack(command)
            return
        row = world.row(world.state.children[child_tag(command.intent_id)].command)
        too_small = isinstance(command, Modify) and (command.quantity or 0) <= row.filled_quantity
        if row.status.is_terminal or too_small:
            world.refuse(command, "busy", "being processed")
        elif isinstance(command, Modify):
            world.modified(command)
        else:
            world.cancelled(command)

    def working(self) -> list[Place]:
        placed = [each for each in self.world.places() if each.tag in self.world.order_ids]
        return [each for each in placed if not self.world.row(each).status.is_terminal]


def a_wish(kind: str, side: str, name: str) -> list[OrderRow]:
    """Return 60 lots as the exchange lets the master have them."""
    changed: dict[str, object] = {}
    if kind == "limit":
        changed["price"] = 100
    if kind == "autoslice":
        # All children of one request carry his own tag and Kite's: "autoslice:<parent>".
        changed |= {"tag": "mine", "tags": ("mine", "autoslice", "autoslice:900001")}
    if kind == "protected":
        changed |= {"price": 101, "tags": ("mktp",)}
    return [nifty(f"{name}{number}", side, lots, **changed) for number, lots in enumerate(BURST)]


def floor_to_lots(ratio: str, units: int) -> int:
    return int(Fraction(ratio) * units / LOT) * LOT


@pytest.mark.parametrize("kind", ["market", "limit", "protected", "autoslice"])
@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("mirror", [Mirror.SWEEP, Mirror.ORDERS])
def test_a_burst_is_scaled_as_a_whole_and_its_exit_leaves_nothing(kind, ratio, mirror):
    for seed in range(SEEDS):
        play_a_round_trip(kind, ratio, mirror, seed=f"{kind}/{ratio}/{mirror}/{seed}")


def play_a_round_trip(kind: str, ratio: str, mirror: Mirror, *, seed: str) -> None:
    """In at once or one after the other, out the same, told and filled as the seed has it."""
    chance = random.Random(seed)
    world = NiftyWorld(a_follower(multiplier=ratio, mirror=mirror, max_entry_age=LONG))
    tape = Tape(world, chance)
    tape.play(a_wish(kind, "BUY", "M"), at_once=chance.random() < 0.7)
    tape.followers_finish()
    whole = sum(BURST) * LOT
    assert world.held() == floor_to_lots(ratio, whole), seed
    tape.play(a_wish(kind, "SELL", "X"), at_once=chance.random() < 0.7)
    tape.followers_finish()
    assert world.held() == 0, seed
    book = world.ledger("NIFTY26DECFUT", product=world.key().product)
    assert (book.virtual, book.exact()) == (0, 0), seed
    assert max(each.quantity for each in world.places()) <= 1755, seed
    world.check_journal()


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize(
    "kept", [None, 0, 2], ids=["whole", "last leg unfilled", "last leg in part"]
)
def test_an_iceberg_comes_leg_after_leg_and_is_scaled_as_what_he_filled(ratio, kept):
    """Only one leg lives at a time, each an order of its own; he may cancel the one that does."""
    for seed in range(SEEDS):
        chance = random.Random(f"{ratio}/{kept}/{seed}")
        world = NiftyWorld(a_follower(multiplier=ratio, max_entry_age=LONG))
        tape = Tape(world, chance)
        legs = [nifty(f"L{number:02}", "BUY", 5, price=100) for number in range(9)]
        tape.play(legs, at_once=False)
        lots = 45
        last = nifty("L99", "BUY", 5, price=100)
        tape.place(last)
        if kept is None:
            tape.fill(last.order_id)
            lots += 5
        else:
            lots += kept
            if kept:
                tape.fill(last.order_id, kept * LOT)
            tape.end(last.order_id, OrderStatus.CANCELLED)
        tape.read()
        tape.followers_finish()
        # A leg that had filled here before he cancelled it is kept: it is owed back by the next.
        filled = world.held()
        due = floor_to_lots(ratio, lots * LOT)
        assert due <= filled <= due + floor_to_lots(ratio, 5 * LOT) + LOT * (kept is not None)
        if kept is None:
            assert filled == due
        tape.play([nifty(f"X{n}", "SELL", 5) for n in range(lots // 5)], at_once=False)
        if lots % 5:
            tape.play([nifty("X99", "SELL", lots % 5)], at_once=False)
        tape.followers_finish()
        assert world.held() == 0
        world.check_journal()


def test_a_read_that_shows_a_fill_and_a_new_order_counts_the_fill_for_it():
    """The new order's first fill is older than the other's: it is opened before that is taken in."""
    world = NiftyWorld(a_follower(multiplier=2))
    world.master(nifty("M1", "BUY", 6, price=100))
    world.ack_and_fill()
    earlier = world.now
    world.now += timedelta(seconds=1)
    world.master(
        nifty("M1", "BUY", 6, price=100, status="COMPLETE", filled_quantity=6 * LOT),
        nifty("M2", "BUY", 13, price=100, filled_quantity=LOT, updated_at=earlier),
    )
    assert world.part("M2", "NIFTY26DECFUT").carry == 0
    assert world.place().quantity == 26 * LOT


def test_a_fraction_that_a_fill_of_the_same_read_leaves_is_owed_to_the_next_order():
    world = NiftyWorld(a_follower(multiplier="0.5"))
    world.master(nifty("M1", "BUY", 27, price=100))
    world.ack_and_fill()
    earlier = world.now
    world.now += timedelta(seconds=1)
    world.master(
        nifty("M1", "BUY", 27, price=100, status="COMPLETE", filled_quantity=27 * LOT),
        nifty("M2", "BUY", 27, price=100, filled_quantity=LOT, updated_at=earlier),
    )
    assert world.place().quantity == 14 * LOT, "13 and 14 are half of 54"
