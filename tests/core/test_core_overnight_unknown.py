"""What nobody knew the fate of when its day ended is owed to nobody the next morning."""

import pytest

from engine.core.values.commands import Place, RefusalKind
from engine.core.values.control import StartCopy
from engine.core.values.copies import KeyBook
from engine.core.values.events import BookRead
from engine.core.values.keys import Leg
from engine.core.values.market import MASTER, Product, Side, Venue
from engine.core.values.notices import Severity
from engine.core.values.orders import PositionRow
from tests.core.core_world import FATHER, FUTURE, World, an_order, done

CARRIED = {"symbol": FUTURE, "exchange": "NFO", "product": Product.NRML}


def next_morning(world: World, units: int) -> None:
    """Begin the next day, the master carrying so many units, and start to copy."""
    world.master_rows.clear()
    world.rows[FATHER].clear()
    world.sleep(24 * 3600)
    world.wait(1)
    for each in (MASTER, FATHER):
        world.log_in(each)
    world.master()
    world.master_positions(
        PositionRow(
            exchange="NFO", symbol=FUTURE, product=Product.NRML, quantity=units,
            overnight_quantity=units,
        )
    )  # fmt: skip
    world.read()
    world.go_live()
    assert world.ask(StartCopy()).accepted


@pytest.mark.parametrize("fate", ["never answered", "about which a person was asked", "resting"])
def test_case_2_an_entry_that_came_to_nothing_is_not_bought_again_the_next_morning(fate):
    world = World()
    if fate == "resting":
        world.master(an_order("M1", quantity=750, price=100, **CARRIED))
        world.ack()
        world.master(done("M1", quantity=750, price=100, **CARRIED))
    else:
        world.master(done("M1", quantity=750, **CARRIED))
        world.lose(world.place())
    if fate == "about which a person was asked":
        world.wait(125)
        world.read()
        assert world.alerts("cannot be told")
    next_morning(world, 750)
    world.pending.clear()
    world.master(done("M2", quantity=75, **CARRIED))
    bought = [child.command.quantity for child in world.children("M2", Leg.ENTRY)]
    assert bought == [75]
    world.check_journal()


def lost_overnight(side: str = "BUY") -> tuple[World, Place]:
    """The answer to the last copy of the day never came; the next morning he carries 750 or nothing."""
    world = World()
    world.master(done("M1", quantity=750, **CARRIED))
    if side == "SELL":
        world.ack_and_fill()
        world.master(done("M2", "SELL", quantity=750, **CARRIED))
    lost = world.place()
    world.lose(lost)
    next_morning(world, 750 if side == "BUY" else 0)
    return world, lost


def ledger(world: World) -> KeyBook:
    return world.ledger(FUTURE, product=Product.NRML)


def test_an_order_of_unknown_fate_that_works_the_next_day_is_told_and_cancelled():
    world, lost = lost_overnight()
    world.book_row(lost)
    world.read()
    (alert,) = world.alerts("of an earlier day")
    assert (alert.severity, alert.needs_human) == (Severity.CRITICAL, True)
    world.refuse(world.cancel(), RefusalKind.BUSY, "being processed")
    world.wait(2)
    nothing_new = BookRead(
        venue=Venue.LIVE, account=FATHER, rows=(), total=1, asked_at=world.now, at=world.now
    )
    world.offer(nothing_new)
    assert world.cancelled().tag == lost.tag
    world.wait(30)
    world.read()
    assert not world.pending
    assert len(world.alerts("of an earlier day")) == 1
    assert ledger(world).held == 0
    world.check_journal()


def test_it_is_cancelled_by_the_next_life_too():
    world, lost = lost_overnight()
    world.book_row(lost)
    world.change(lost, status="OPEN")
    assert world.alerts("of an earlier day"), "his socket tells it"
    world.refuse(world.cancel(), RefusalKind.BUSY, "being processed")
    world.restart()
    world.wait(12)
    world.read()
    assert world.cancelled().tag == lost.tag
    world.check_journal()


def test_what_such_an_order_has_filled_is_exited_with_the_master():
    world, lost = lost_overnight()
    world.book_row(lost)
    world.change(lost, told=False, status="COMPLETE", filled_quantity=750)
    world.read()
    (alert,) = world.alerts("750 filled and count as copied")
    assert alert.severity is Severity.CRITICAL
    assert (ledger(world).held, ledger(world).virtual) == (750, 750)
    world.master(done("X1", "SELL", quantity=750, **CARRIED))
    exiting = world.ack_and_fill()
    assert (exiting.side, exiting.quantity) == (Side.SELL, 750)
    assert ledger(world).held == 0
    world.check_journal()


def test_an_exit_of_unknown_fate_that_had_filled_leaves_nothing_to_exit():
    world, lost = lost_overnight("SELL")
    assert (ledger(world).held, ledger(world).virtual) == (750, 750)
    world.book_row(lost)
    world.change(lost, told=False, status="COMPLETE", filled_quantity=750)
    world.read()
    assert world.alerts("of an earlier day")
    assert (ledger(world).held, ledger(world).virtual) == (0, 0)
    world.master(done("M3", quantity=75, **CARRIED))
    assert world.place().quantity == 75
    world.check_journal()


def test_one_that_came_to_nothing_after_all_is_told_and_asks_nobody():
    world, lost = lost_overnight()
    world.book_row(lost)
    world.change(lost, told=False, status="REJECTED", status_message="no funds")
    world.read()
    (alert,) = world.alerts("Nothing of it filled")
    assert not alert.needs_human
    assert alert.offer is None
    assert not world.alerts("was rejected")
    assert not world.pending


@pytest.mark.parametrize("shows_up", [False, True])
def test_what_a_lost_exit_left_is_told_and_never_exited_by_an_entry_of_the_next_day(shows_up):
    """He reversed; the exit of our 750 was never answered, and the next morning he is 375 short."""
    world = World()
    world.master(done("M1", quantity=750, **CARRIED))
    world.ack_and_fill()
    world.master(done("M2", "SELL", quantity=1125, **CARRIED))
    lost = world.place()
    world.lose(lost)
    world.wait(11)
    next_morning(world, -375)
    assert world.alerts(
        f"still holds 750 copied {FUTURE} from an earlier day, but the master has -375"
    )
    if shows_up:
        world.book_row(lost)
        world.fill(lost)
        world.read()
    world.pending.clear()
    world.master(done("M3", "SELL", quantity=75, **CARRIED))
    assert world.ack_and_fill().quantity == 75
    world.master(done("M4", "SELL", quantity=150, **CARRIED))
    assert world.ack_and_fill().quantity == 150, "nor by a later one"
    assert ledger(world).held == (-225 if shows_up else 525)
    world.check_journal()


def test_what_a_lost_exit_of_a_part_left_takes_nothing_from_the_next_entry():
    """As in the evening: what is too much goes with his exits, not with his entries."""
    world = World()
    world.master(done("M1", quantity=750, **CARRIED))
    world.ack_and_fill()
    world.master(done("M2", "SELL", quantity=450, **CARRIED))
    world.lose(world.place())
    next_morning(world, 300)
    world.positions(
        PositionRow(
            exchange="NFO", symbol=FUTURE, product=Product.NRML, quantity=750,
            overnight_quantity=750,
        )
    )  # fmt: skip
    world.pending.clear()
    world.wait(1)
    world.master(done("M3", quantity=75, **CARRIED))
    assert world.ack_and_fill().quantity == 75
    world.master(done("M4", "SELL", quantity=375, **CARRIED))
    assert world.ack_and_fill().quantity == 825, "he is out, and so is the follower"
    world.check_journal()


@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_what_a_lost_entry_fills_the_next_day_changes_the_size_of_no_entry(side):
    """He went out the same evening and enters anew: 750 that landed late are neither sold nor bought along."""
    world = World()
    world.master(done("M1", quantity=750, **CARRIED))
    lost = world.place()
    world.lose(lost)
    world.master(done("M2", "SELL", quantity=750, **CARRIED))
    world.wait(11)
    next_morning(world, 0)
    world.book_row(lost)
    world.change(lost, told=False, status="COMPLETE", filled_quantity=750)
    world.read()
    assert world.alerts("750 filled and count as copied")
    world.pending.clear()
    world.master(done("M3", side, quantity=150, **CARRIED))
    assert world.ack_and_fill().quantity == 150
    world.check_journal()


def test_what_a_lost_intraday_exit_fills_the_next_day_is_not_bought_back_by_an_entry():
    """Kite squared the 50 off at night; a late sale of them leaves the account short until a person looks."""
    world = World()
    world.master(done("M1", quantity=50))
    world.ack_and_fill()
    world.master(done("M2", "SELL", quantity=50))
    lost = world.place()
    world.lose(lost)
    world.wait(11)
    next_morning(world, 0)
    world.book_row(lost)
    world.change(lost, told=False, status="COMPLETE", filled_quantity=50)
    world.read()
    assert world.alerts("50 filled and count as copied")
    world.pending.clear()
    world.master(done("M3", quantity=10))
    assert world.ack_and_fill().quantity == 10
    world.check_journal()


def test_an_order_whose_end_nobody_saw_before_its_day_ended_is_named_next_morning():
    """It rested when it was last read; whatever it filled after that is in no book any more."""
    world = World()
    world.master(an_order("M1", quantity=750, price=100, **CARRIED))
    world.ack()
    next_morning(world, 0)
    (alert,) = world.alerts("was not seen before its day ended")
    assert (alert.severity, alert.needs_human) == (Severity.CRITICAL, True)
    assert "no exit follows" in alert.text
    world.restart()
    world.wait(30)
    assert len(world.alerts("was not seen before its day ended")) == 1
    world.check_journal()
