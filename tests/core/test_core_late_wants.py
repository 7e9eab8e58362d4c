"""What turns up late, or was left of a day: it is neither bought nor sold a second time."""

from datetime import datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from engine.core.state.fill_order import Doubt, in_exchange_order, needs_fills
from engine.core.values.commands import Place, RefusalKind
from engine.core.values.events import PositionsRead
from engine.core.values.intents import IntentState
from engine.core.values.market import OrderId, Product, Side, Venue
from engine.core.values.orders import Fill
from tests.core.core_holdings import a_position, holding
from tests.core.core_sync import short_of, sync
from tests.core.core_world import FATHER, World, an_order, done
from tests.core.test_core_offers_unknown import read_every_second
from tests.core.test_core_overnight_unknown import CARRIED, ledger, next_morning


def prove_absent(world: World, lost: Place) -> None:
    """A minute later another order shows in a book that does not show the lost one."""
    world.lose(lost)
    world.wait(60)
    world.master(done("P1", symbol="INFY"))
    world.ack_and_fill()
    read_every_second(world, 63)
    assert world.state.children[lost.tag].state is IntentState.ABSENT


def turns_up(world: World, lost: Place) -> None:
    world.book_row(lost)
    world.change(
        lost, told=False, status="COMPLETE", filled_quantity=lost.quantity,
        average_price=Decimal(100),
    )  # fmt: skip
    world.read()


def test_a_slice_that_turns_up_beside_one_that_was_refused_is_all_that_is_wanted():
    """The refused one stays out: the next entry of his must not make it up."""
    world = World()
    world.master(done("M1", quantity=3600, **CARRIED))
    lost, refused = world.place(), world.place()
    world.refuse(refused, RefusalKind.MARGIN, "Insufficient funds")
    prove_absent(world, lost)
    turns_up(world, lost)
    assert ledger(world).held == 1800
    world.master(done("M2", quantity=75, **CARRIED))
    assert world.ack_and_fill().quantity == 75
    assert ledger(world).held == 1875
    world.check_journal()


def test_what_a_sync_entered_and_turns_up_late_is_neither_made_up_nor_taken_off():
    world = short_of()
    sync(world)
    lost = world.place()
    prove_absent(world, lost)
    assert world.ledger().exact() == 0
    turns_up(world, lost)
    assert (world.held(), world.ledger().exact()) == (10, 10)
    world.master(done("M2", quantity=7))
    assert world.ack_and_fill().quantity == 7
    world.check_journal()


def test_what_an_exit_left_over_the_night_is_closed_as_an_orphan_and_not_bought_back():
    world = World()
    world.master(done("M1", quantity=75, **CARRIED))
    world.ack_and_fill()
    world.master(done("X1", "SELL", 75, **CARRIED))
    world.refuse(world.place(), RefusalKind.INPUT, "Invalid order")
    next_morning(world, 0)
    world.positions(a_position(75, **CARRIED))
    assert (ledger(world).held, ledger(world).left) == (75, 75)
    resting = an_order("T1", "BUY", 75, price=90, **CARRIED)
    world.master(resting)
    world.ack()
    world.master(an_order("T1", "BUY", 75, price=90, status="CANCELLED", **CARRIED))
    world.cancelled()
    world.wait(3)
    closing = world.ack_and_fill()
    assert (closing.side, closing.quantity) == (Side.SELL, 75)
    assert (ledger(world).held, ledger(world).left) == (0, 0)
    world.master(done("M2", quantity=75, **CARRIED))
    assert world.ack_and_fill().quantity == 75
    world.check_journal()


def test_positions_that_contradict_the_ones_before_count_by_the_least_that_they_may_mean():
    """Others sold most of it meanwhile: what the older positions showed must not be sold any more."""
    world = holding()
    world.positions(a_position(10))
    world.wait(5)
    world.master(done("M2", quantity=5))
    entry = world.ack()
    asked_at = world.now
    world.wait(0.2, step=0.1)
    world.fill(entry)
    world.wait(0.2, step=0.1)
    assert world.held() == 15
    answered(world, 2, asked_at=asked_at)
    world.master(done("X1", "SELL", 15))
    assert world.place().quantity == 2
    world.check_journal()


def answered(world: World, units: int, *, asked_at: datetime) -> None:
    world.offer(
        PositionsRead(
            venue=Venue.LIVE, account=FATHER, rows=(a_position(units),), holdings=None,
            asked_at=asked_at, at=world.now,
        )
    )  # fmt: skip


# -- whether a book leaves a doubt that only trades can settle --------------------------------


def doubt(world: World, *rows, seconds: float = 60) -> Doubt | None:
    """Return what is in doubt of rows that are read after so long a silence."""
    at = world.now + timedelta(seconds=seconds)
    return needs_fills(world.state, rows, at=at)


def test_trades_are_asked_only_for_what_has_newly_filled():
    world = World()
    world.master(done("M1"), an_order("M2", "SELL", price="110"))
    world.ack_and_fill()
    at = world.now + timedelta(seconds=60)
    known = [order.row for order in world.state.master[world.key().master].orders.values()]
    assert doubt(world, *known) is None
    new = done("M3", updated_at=at, placed_at=at)
    assert doubt(world, *known, new) is Doubt.AGE
    sold = done("M4", "SELL", updated_at=at, placed_at=at)
    assert doubt(world, new, sold) is Doubt.ORDER


def test_an_entry_whose_first_fill_is_known_has_no_age_to_ask_about():
    world = World()
    world.master(an_order("M1", filled_quantity=4, price="99"))
    at = world.now + timedelta(seconds=60)
    more = an_order("M1", filled_quantity=9, price="99", updated_at=at, placed_at=world.now)
    assert doubt(world, more) is None


def test_with_nobody_to_copy_to_there_is_no_age_to_ask_about():
    world = World()
    at = world.now + timedelta(seconds=60)
    new = done("M1", updated_at=at, placed_at=at)
    assert doubt(world, new) is Doubt.AGE
    world.restart(rules=[])
    assert doubt(world, new) is None


def test_trades_that_are_folded_already_are_no_fills_again():
    """The list of trades is of the whole day: of an order that goes on only the newest are new."""
    world = World()
    world.master(an_order("M1", filled_quantity=4, price="99"))
    order = world.state.master_order(OrderId("M1"))
    shown = an_order("M1", filled_quantity=10, price="99", status="COMPLETE", updated_at=world.now)
    seen = replace(
        order, sighting=replace(order.sighting, row=shown)
    )  # fmt: skip
    trades = tuple(
        Fill(
            fill_id=str(number), order_id=OrderId(order_id), exchange="NSE", symbol="SBIN",
            product=Product.MIS, side=Side.BUY, quantity=units, price=Decimal(99),
            filled_at=world.now + timedelta(seconds=number),
        )
        for number, (order_id, units) in enumerate([("M1", 4), ("M1", 2), ("M9", 7), ("M1", 4)])
    )  # fmt: skip
    steps = in_exchange_order([(OrderId("M1"), seen)], trades)
    assert [(order_id, units) for order_id, units, _ in steps] == [("M1", 2), ("M1", 4), ("M1", 0)]
