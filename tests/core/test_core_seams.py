"""Where features meet: what a person did by one way must not be done again by another."""

from datetime import timedelta

from msgspec.structs import replace

from engine.core.observe.adoption import strangers_view
from engine.core.observe.sync import sync_proposal
from engine.core.planning.detach import detach_proposal
from engine.core.values import control as c
from engine.core.values.commands import Place
from engine.core.values.events import Allowance
from engine.core.values.keys import ChildId, Leg, make_tag
from engine.core.values.market import MASTER, OrderId, OrderStatus, OrderType, Product, Side, Venue
from engine.core.values.offers import OfferKind
from engine.core.values.orders import OrderRow, PositionRow
from tests.core.core_offers import offered, press, the_offer, token_of
from tests.core.core_world import FATHER, FUTURE, World, a_follower, an_order, done

NRML = {"exchange": "NFO", "symbol": FUTURE, "product": Product.NRML}


def tag_of(world: World, order_id: str, leg: Leg = Leg.ENTRY, *, generation: int = 0) -> str:
    assert world.state.trading_day is not None
    return make_tag(
        "K7",
        ChildId(
            trading_day=world.state.trading_day, venue=Venue.LIVE, follower=FATHER,
            master_order_id=OrderId(order_id), leg=leg, generation=generation,
        ),
    )  # fmt: skip


def by_another_copy(
    world: World, tag: str | None, side: str = "BUY", quantity: int = 10, **changed
):
    """Put an order that another copy sent into the father's book; nobody is told yet."""
    status = OrderStatus(changed.pop("status", "COMPLETE"))
    row = OrderRow(
        order_id=OrderId(f"X{len(world.rows[FATHER])}"), status=status, status_text=status.value,
        exchange="NSE", symbol="SBIN", side=Side(side), order_type=OrderType.MARKET,
        product=Product.MIS, quantity=quantity, tag=tag,
        filled_quantity=quantity if status is OrderStatus.COMPLETE else 0,
        placed_at=world.now, updated_at=world.now, **changed,
    )  # fmt: skip
    world.rows[FATHER][row.order_id] = row
    return row


def adopt(world: World) -> c.Reply:
    shown = tuple(each.order_id for each in strangers_view(world.state))
    return world.ask(c.AdoptStrangers(orders=shown))


def a_position(units: int, symbol: str = "SBIN", **changed) -> PositionRow:
    plain = {"exchange": "NSE", "product": Product.MIS}
    return PositionRow(symbol=symbol, quantity=units, **(plain | changed))


def detach(world: World) -> c.Reply:
    mark = detach_proposal(world.state, FATHER).mark
    return world.ask(c.DetachHoldings(follower=FATHER, symbol=None, mark=mark))


def sync(world: World) -> c.Reply:
    mark = sync_proposal(world.state, FATHER, at=world.now).mark
    return world.ask(c.SyncCopies(follower=FATHER, mark=mark))


def sent(world: World) -> list[tuple[str, int]]:
    return [(each.side.value, each.quantity) for each in world.pending if isinstance(each, Place)]


def test_an_order_that_came_to_no_lot_at_first_is_not_entered_again_after_a_detach():
    world = World(a_follower(multiplier=0.5))
    world.master(an_order(quantity=75, price="100", **NRML))
    world.master(an_order(quantity=300, price="100", **NRML))
    child = world.ack()
    assert child.quantity == 150
    world.fill(child, 75)
    assert detach(world).accepted
    world.cancelled()
    world.wait(5)
    assert sent(world) == []


def test_what_sync_has_entered_is_not_copied_again_by_an_older_button():
    world = World()
    world.positions()
    world.master(done(updated_at=world.now - timedelta(seconds=30)))
    offer = the_offer(world, OfferKind.ENTRY)
    token_of(world, offer)
    assert sync(world).accepted
    world.ack_and_fill()
    world.wait(5)
    assert not press(world, offer, "Copy").accepted
    assert sent(world) == []
    world.check_journal()


def test_a_slice_that_was_refused_is_not_copied_whole_after_a_detach():
    world = World()
    world.master(done(quantity=3600, **NRML))
    first, second = world.place(), world.place()
    world.ack_and_fill(first)
    world.refuse(second)
    offer = the_offer(world, OfferKind.ENTRY)
    token_of(world, offer)
    assert detach(world).accepted
    press(world, offer, "Retry")
    world.wait(2)
    assert sent(world) == []


def test_what_was_handed_back_while_unknown_is_not_offered_again():
    world = World()
    world.master(done())
    world.lose(world.place())
    assert detach(world).accepted
    world.master(done("M9", symbol="INFY"))
    world.wait(130)
    world.pending.clear()
    world.read()
    world.wait(130)
    world.read()
    assert not offered(world, OfferKind.ENTRY)


def stale(world: World) -> None:
    """Father's book stands still: it never shows what his socket has told."""
    world.master(done())
    child = world.ack()
    shown = world.rows[FATHER].copy()
    world.read(rows=())
    world.fill(child)
    world.wait(25)
    world.read(rows=())
    assert world.state.account(FATHER).stale_since is not None
    del shown


def test_a_book_that_stands_still_holds_no_exit_back_while_entries_are_frozen():
    world = World()
    by_another_copy(world, tag_of(world, "M9"))
    row = next(iter(world.rows[FATHER].values()))
    world.master(done())
    child = world.ack()
    world.read(rows=(row,))
    world.fill(child)
    world.wait(25)
    world.read(rows=(row,))
    assert world.state.account(FATHER).stale_since is not None
    assert world.state.fence.frozen is not None
    world.master(done("X1", "SELL"))
    assert sent(world) == [("SELL", 10)]


def test_a_book_that_stands_still_is_not_told_as_one_that_cannot_be_read():
    world = World()
    stale(world)
    world.master(done("X1", "SELL"))
    assert sent(world) == [("SELL", 10)]
    assert not world.alerts("cannot be read")


def test_an_exit_that_has_not_left_is_not_sent_where_the_book_has_its_tag():
    world = World()
    world.master(done())
    world.ack_and_fill()
    world.allowances = {FATHER: Allowance(entries=0, total=0)}
    world.master(done("X1", "SELL"))
    (exit_,) = world.children("X1", Leg.EXIT)
    assert not world.pending
    by_another_copy(world, exit_.tag, "SELL")
    world.read()
    world.allowances = {}
    world.wait(5)
    assert sent(world) == []
    assert world.state.fence.frozen is not None
    assert adopt(world).accepted
    world.wait(5)
    assert sent(world) == []
    assert world.held() == 0
    world.check_journal()


def test_an_entry_that_has_not_left_is_not_sent_where_the_book_has_its_tag():
    world = World()
    world.allowances = {FATHER: Allowance(entries=0, total=0)}
    world.master(done())
    (entry,) = world.children("M1", Leg.ENTRY)
    by_another_copy(world, entry.tag)
    world.read()
    world.allowances = {}
    world.wait(5)
    assert sent(world) == []
    assert world.state.fence.frozen is not None
    assert adopt(world).accepted
    assert world.held() == 10
    world.master(done("M2", quantity=7))
    assert world.ack_and_fill().quantity == 7, "what was adopted is wanted, not owed"
    world.master(done("X1", "SELL", 17))
    assert sent(world) == [("SELL", 17)]
    world.check_journal()


def test_a_stranger_that_worked_when_its_day_ended_can_be_adopted_on_the_next():
    world = World()
    by_another_copy(world, tag_of(world, "M9"), status="OPEN")
    world.read()
    assert not adopt(world).accepted
    world.sleep(24 * 3600)
    world.rows[FATHER].clear()
    world.wait(1)
    world.log_in(FATHER)
    world.read()
    reply = adopt(world)
    assert reply.accepted, reply.text
    world.check_journal()


def test_an_order_left_to_its_owner_keeps_its_tag_where_only_the_list_of_tags_has_it():
    world = World()
    world.master(done())
    world.ack_and_fill()
    world.wait(5)
    tag = tag_of(world, "X1", Leg.EXIT)
    by_another_copy(world, None, "SELL", 25, tags=(tag,))
    world.read()
    assert adopt(world).accepted
    world.master(done("X1", "SELL"))
    exit_ = world.place()
    assert exit_.tag != tag


def test_one_order_is_not_taken_for_two_copies():
    world = World()
    world.master(done(quantity=3600, **NRML))
    first, second = world.place(), world.place()
    world.lose(first)
    world.lose(second)
    for command in (first, second):
        world.book_row(command)
    for order_id, row in list(world.rows[FATHER].items()):
        world.rows[FATHER][order_id] = replace(
            row, tag=None, status=OrderStatus.COMPLETE, filled_quantity=1800
        )
    world.wait(5)
    world.read()
    one, two = offered(world, OfferKind.UNKNOWN)
    assert press(world, one, one.question.choices[0].label).accepted
    assert not press(world, two, two.question.choices[0].label).accepted
    world.read()
    assert world.ledger(FUTURE, exchange="NFO", product=Product.NRML).held == 3600


def test_an_entry_that_sync_may_not_make_is_not_owed_to_the_next_order():
    nrml = {"exchange": "NFO", "product": Product.NRML}
    world = World()
    world.positions()
    world.master(done(quantity=75, **NRML))
    world.ack_and_fill()
    world.sleep(24 * 3600)
    world.rows[FATHER].clear()
    world.master_rows.clear()
    world.wait(1)
    for name in (MASTER, FATHER):
        world.log_in(name)
    world.master()
    world.master_positions(PositionRow(symbol=FUTURE, quantity=-75, overnight_quantity=-75, **nrml))
    world.read()
    world.positions(a_position(75, FUTURE, overnight_quantity=75, **nrml))
    world.wait(5)
    world.positions(a_position(75, FUTURE, overnight_quantity=75, **nrml))
    found = sync_proposal(world.state, FATHER, at=world.now)
    assert [(each.side, each.quantity, each.entry) for each in found.orders] == [
        (Side.SELL, 75, False)
    ], found
    assert sync(world).accepted
    world.ack_and_fill()
    world.go_live()
    assert world.ask(c.StartCopy()).accepted
    world.master(done("M2", "SELL", 75, **NRML))
    assert sent(world) == [("SELL", 75)]


def test_a_synced_entry_that_becomes_too_old_is_told():
    world = World()
    world.positions()
    world.master(done(updated_at=world.now - timedelta(seconds=30)))
    world.allowances = {FATHER: Allowance(entries=0, total=0)}
    assert sync(world).accepted
    world.wait(20)
    world.allowances = {}
    world.wait(20)
    assert sent(world) == []
    assert world.alerts("of /sync"), [n.text for n in world.alerts()]


def test_a_synced_entry_that_is_refused_offers_no_button_that_does_nothing():
    world = World()
    world.positions()
    world.master(done(updated_at=world.now - timedelta(seconds=30)))
    assert sync(world).accepted
    world.refuse(world.place())
    said = [o.settled for o in world.state.offers.values() if o.settled is not None]
    assert not any("day has ended" in each.text for each in said), said


def test_a_cover_is_not_sent_where_the_book_has_its_tag():
    """The store is of the past: the life that it has lost has covered already."""
    world = World()
    world.master(done())
    world.ack_and_fill()
    world.master(
        an_order("X1", "SELL", 10, price="150"),
        an_order("X2", "SELL", 10, price="160"),
    )
    one, other = world.ack(), world.ack()
    world.fill(one, price=150)
    by_another_copy(world, tag_of(world, "X2", Leg.COVER), "BUY")
    world.read()
    world.fill(other, price=160)
    world.wait(5)
    assert sent(world) == []
    assert world.alerts("has that very order already")


def test_an_exit_waits_for_the_first_read_ten_seconds_at_most_after_a_fault_inside_too():
    """The state was rebuilt from the journal within a run: nothing says then when that run began."""
    world = World()
    world.master(done())
    world.ack_and_fill()
    world.state = world._folded()
    world._configure(world.state)
    world.master()
    world.master(done("X1", "SELL"))
    assert sent(world) == []
    world.wait(11)
    assert sent(world) == [("SELL", 10)]


def test_asking_to_resume_again_and_again_makes_no_exit_wait_longer():
    world = World()
    world.master(done())
    world.ack_and_fill()
    world.ask(c.ResumeFollower(follower=FATHER))
    world.master(done("X1", "SELL"))
    world.wait(6)
    world.ask(c.ResumeFollower(follower=FATHER))
    world.wait(5)
    assert sent(world) == [("SELL", 10)]


def test_what_was_converted_and_handed_back_cuts_no_later_exit_under_the_old_product():
    world = World()
    world.master(done(quantity=50))
    world.ack_and_fill()
    world.master(an_order("M3", quantity=5, price="90"))
    world.ack()
    world.wait(5)
    world.positions(a_position(50), holdings=())
    world.wait(5)
    world.positions(a_position(0), a_position(50, product=Product.CNC), holdings=())
    assert world.ledger().held_as is Product.CNC
    assert detach(world).accepted
    world.cancel()
    world.wait(0.5)
    world.master(done("M2", quantity=10))
    world.ack_and_fill()
    world.master(done("X2", "SELL", 60))
    assert sent(world) == [("SELL", 10)]
