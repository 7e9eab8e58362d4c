"""What is carried over the night: a master who changed meanwhile, and order numbers that begin anew."""

from datetime import timedelta

import pytest

from engine.core.state.fold import apply
from engine.core.values import control as c
from engine.core.values.events import BookRead, PositionsRead
from engine.core.values.keys import copy_topic
from engine.core.values.market import MASTER, OrderStatus, OrderType, Product, Side, Venue
from engine.core.values.notices import Severity
from engine.core.values.orders import OrderRow, PositionRow
from engine.core.values.records import NoticeShown
from storage.codec import encode_record
from tests.core.core_world import FATHER, FUTURE, World, an_order, done
from tests.core.overnight_world import CARRIED, NRML, carried, held_overnight, log_in_all, next_day

# -- row 61: a restart with open positions -----------------------------------------------------


@pytest.mark.parametrize("down", ["over night", "within the day"])
@pytest.mark.parametrize("his", [0, 75, 600])
def test_row_61_a_start_that_finds_him_changed_buys_and_sells_nothing_by_itself(down, his):
    """What he did while nobody looked, and no order of today shows, is told and never made up for."""
    world = World()
    world.obliging = True
    world.master(done("M1", quantity=150, **CARRIED))
    world.obliging = False
    world.wait(5)
    if down == "over night":
        world.sleep(24 * 3600)
        world.master_rows.clear()
        world.rows[FATHER].clear()
    sent = len(world.commands)
    world.restart()
    if down == "over night":
        log_in_all(world, *([carried(his)] if his else []), theirs=150)
    else:
        world.read()
        world.master(*world.master_rows.values())
        world.master_positions(*([carried(his)] if his else []))
        world.positions(carried(150))
    assert world.ask(c.StartCopy()).accepted
    world.wait(60)
    assert len(world.commands) == sent
    assert world.ledger(FUTURE, product=NRML).held == 150
    world.check_journal()


def test_row_61_a_master_who_went_flat_overnight_is_named_with_what_is_left():
    world = held_overnight()
    world.restart()
    log_in_all(world, theirs=150)
    (alert,) = world.alerts("still holds 150 copied")
    assert alert.needs_human
    assert alert.severity is Severity.CRITICAL


def test_row_61_what_he_closes_of_a_smaller_net_takes_its_share_of_the_copies():
    """He came in with 75 of the 150 that were copied: his going flat takes all of it."""
    world = held_overnight()
    world.restart()
    log_in_all(world, carried(75), theirs=150)
    world.master(done("X1", "SELL", quantity=75, **CARRIED))
    assert world.ack_and_fill().quantity == 150
    assert world.ledger(FUTURE, product=NRML).held == 0


# -- row 65: the day turns ---------------------------------------------------------------------


def test_row_65_an_order_id_that_kite_uses_again_is_another_order():
    """The account's owner buys by hand under the id that our order had yesterday."""
    world = World()
    world.master(done("M1", quantity=10, product=Product.CNC))
    child = world.ack()
    world.fill(child, 4)
    used = world.row(child).order_id
    next_day(world)
    log_in_all(world)
    by_hand = OrderRow(
        order_id=used, status=OrderStatus.COMPLETE, status_text="COMPLETE", exchange="NSE",
        symbol="SBIN", side=Side.BUY, order_type=OrderType.MARKET, product=Product.CNC,
        quantity=10, filled_quantity=10, placed_at=world.now, updated_at=world.now,
    )  # fmt: skip
    world.rows[FATHER][used] = by_hand
    world.read()
    assert world.ledger(product=Product.CNC).held == 4
    assert world.state.children[child.tag].filled == 4
    assert not world.state.fence.strangers


@pytest.mark.parametrize("what", ["positions", "book"])
def test_row_65_a_read_of_the_master_that_was_asked_on_the_day_before_tells_nothing_of_today(what):
    """The machine slept while it was under way: what he sold overnight, or carried in, is not in it."""
    world = World()
    world.obliging = True
    world.master(done("M1", quantity=150, **CARRIED))
    world.wait(5)
    asked_at, rows = world.now, tuple(world.master_rows.values())
    world.master_rows.clear()
    world.rows[FATHER].clear()
    world.sleep(24 * 3600)
    read = {"venue": Venue.LIVE, "account": MASTER, "asked_at": asked_at, "at": world.now}
    if what == "positions":
        today = PositionRow(exchange="NFO", symbol=FUTURE, product=NRML, quantity=150)
        world.offer(PositionsRead(rows=(today,), holdings=None, **read))
    else:
        world.offer(BookRead(rows=rows, total=len(rows), **read))
    log_in_all(world, carried(150), theirs=150)
    assert world.ask(c.StartCopy()).accepted
    assert world.state.master[world.key(FUTURE, product=NRML).master].net == 150
    world.master(done("X1", "SELL", quantity=150, **CARRIED))
    world.wait(5)
    assert world.ledger(FUTURE, product=NRML).held == 0
    world.check_journal()


def test_row_65_a_master_order_id_that_kite_uses_again_is_copied_on_a_card_of_its_own():
    world = World()
    world.master(done("M1"))
    first = world.ack_and_fill()
    shown = NoticeShown(notice_id=1, topic=copy_topic(Venue.LIVE, "M1"), chat_id=7, message_id=70)
    apply(world.state, shown)
    world.journal.append(encode_record(shown))
    next_day(world)
    log_in_all(world)
    assert world.ask(c.StartCopy()).accepted
    world.master(done("M1"))
    second = world.ack_and_fill()
    assert second.tag != first.tag
    assert world.held() == 10
    assert not world.state.cards, "the message of yesterday is not drawn over"
    world.check_journal()


@pytest.mark.parametrize("how", ["the program runs", "the program is down"])
def test_row_65_orders_of_the_day_end_with_it_and_what_filled_stays(how):
    world = World()
    world.master(an_order("M1", quantity=150, price=100, **CARRIED))
    child = world.ack()
    world.fill(child, 75)
    if how == "the program runs":
        next_day(world)
    else:
        world.sleep(24 * 3600)
        world.rows[FATHER].clear()
        world.master_rows.clear()
        world.restart()
    assert not world.state.open_children
    ledger = world.ledger(FUTURE, product=NRML)
    assert (ledger.held, ledger.exact()) == (75, 75)
    log_in_all(world, carried(75), theirs=75)
    assert world.ask(c.StartCopy()).accepted
    world.wait(30)
    assert not world.pending, "what did not fill yesterday is not sent today"
    world.master(done("X1", "SELL", quantity=75, **CARRIED))
    assert world.place().quantity == 75
    world.check_journal()


def test_row_65_an_empty_book_of_the_new_day_is_believed_at_once():
    """Kite empties the book overnight: yesterday's count of orders is no reason to doubt today's."""
    world = held_overnight()
    log_in_all(world, carried(150), theirs=150)
    assert not world.alerts("fewer orders than before")
    assert world.state.account(FATHER).reconciled


def test_row_65_after_midnight_it_is_still_the_day_before():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    world.now = world.now.replace(hour=23, minute=59) + timedelta(minutes=30)
    world.wait(1)
    assert world.state.copying
    assert world.state.account(FATHER).session_ok
    assert world.held() == 10
