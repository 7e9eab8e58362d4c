"""Why an entry was not made: every reason can be reached and is recorded."""

from datetime import timedelta

import pytest

from engine.core.values import control as c
from engine.core.values.commands import RefusalKind
from engine.core.values.keys import Leg
from engine.core.values.market import MASTER, Exchange, OrderType, Product, Variety, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.rules import Sizing
from tests.core.core_world import FATHER, FUTURE, MOTHER, World, a_follower, an_order, done


def skip_reason(world: World, order_id: str = "M1", leg: Leg = Leg.ENTRY) -> SkipReason | None:
    """Return the reason recorded for the father, whatever the key."""
    for books in world.state.books.values():
        for (_, name), book in books.items():
            part = book.parts.get(order_id)
            if name == FATHER and part and leg in part.skips:
                return part.skips[leg].reason
    return None


def not_copying() -> World:
    world = World(copying=False)
    world.master(done())
    return world


def paused() -> World:
    world = World()
    world.ask(c.PauseFollower(follower=FATHER))
    world.master(done())
    return world


def killed() -> World:
    world = World()
    world.ask(c.SetKill(active=True))
    world.master(done())
    return world


def not_armed() -> World:
    world = World()
    world.go_live(hours=1)
    world.ask(c.StartCopy())
    world.sleep(3601)
    world.master(done())
    return world


def no_session() -> World:
    world = World()
    world.lose_session()
    world.master(done())
    return world


def stale() -> World:
    world = World()
    world.master(done(updated_at=world.now - timedelta(seconds=11)))
    return world


def rejected() -> World:
    world = World()
    world.master(an_order(status="REJECTED"))
    return world


def cancelled() -> World:
    world = World(a_follower(multiplier="0.01"))
    world.master(an_order(price="99", status="CANCELLED"))
    return world


def master_exited() -> World:
    world = World()
    world.lose_session()
    world.log_in(FATHER)  # not reconciled yet, so that entries wait
    world.master(done())
    world.master(done("X1", "SELL"))
    world.read()
    world.wait(1)
    return world


def without_the_segment() -> World:
    world = World()
    world.sleep(1)
    world.log_in(FATHER, "NFO", "MF")
    world.read()
    world.master(done())
    return world


def with_rules(order=None, **rules) -> World:
    world = World(a_follower(**rules))
    world.master(order or done())
    return world


def sized_by(*funds, **rules) -> World:
    """A follower sized by free margin, with what he and the master have."""
    world = World(a_follower(sizing=Sizing.FREE_MARGIN, **rules))
    for name, amount in zip((FATHER, MASTER), funds, strict=False):
        world.funds(name, amount)
    world.master(done())
    return world


REASONS = {
    SkipReason.NOT_COPYING: not_copying,
    SkipReason.PAUSED: paused,
    SkipReason.DISABLED: lambda: with_rules(enabled=False),
    SkipReason.KILL_SWITCH: killed,
    SkipReason.NOT_ARMED: not_armed,
    SkipReason.NO_SESSION: no_session,
    SkipReason.ZERO_LOTS: lambda: with_rules(multiplier="0.05"),
    SkipReason.FUNDS_UNKNOWN: lambda: sized_by(100_000),
    SkipReason.NO_FUNDS: lambda: sized_by(100_000, 0),
    SkipReason.SEGMENT: lambda: with_rules(segments=frozenset({Exchange.NFO})),
    SkipReason.BROKER_SEGMENT: without_the_segment,
    SkipReason.SYMBOL_BLOCKED: lambda: with_rules(symbols_block=("NSE:SB*",)),
    SkipReason.MULTIPLIER_ZERO: lambda: with_rules(segment_multipliers={"NSE": 0}),
    SkipReason.UNKNOWN_INSTRUMENT: lambda: with_rules(done(symbol="GHOST")),
    SkipReason.UNKNOWN_EXCHANGE: lambda: with_rules(done(exchange="NCDEX")),
    SkipReason.UNKNOWN_PRODUCT: lambda: with_rules(done(product=Product.NRML)),
    SkipReason.ORDER_KIND: lambda: with_rules(
        an_order(order_type=OrderType.UNRECOGNISED, price="99")
    ),
    SkipReason.VARIETY: lambda: with_rules(done(variety=Variety.UNRECOGNISED)),
    SkipReason.COVER_ORDER: lambda: with_rules(done(variety=Variety.CO)),
    SkipReason.AUCTION_ORDER: lambda: with_rules(
        done(variety=Variety.AUCTION, product=Product.CNC)
    ),
    SkipReason.STALE: stale,
    SkipReason.MASTER_REJECTED: rejected,
    SkipReason.MASTER_CANCELLED: cancelled,
    SkipReason.MASTER_EXITED: master_exited,
}


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.name)
def test_the_reason_is_recorded_and_nothing_leaves(reason):
    world = REASONS[reason]()
    assert skip_reason(world) is reason
    world.wait(15)
    assert not [each for each in world.places() if each.priority == "entry"]
    world.check_journal()


@pytest.mark.parametrize("told", [(), ("MF", "SOMETHING_NEW"), ("NSE", "BSE")])
def test_a_login_that_tells_no_exchange_we_know_gates_nothing(told):
    world = World()
    world.sleep(1)
    world.log_in(FATHER, *told)
    world.read()
    world.master(done())
    assert world.place().symbol == "SBIN"


@pytest.mark.parametrize("venue", list(Venue))
def test_only_the_follower_without_the_segment_is_left_out_and_his_exits_are_never_gated(venue):
    world = World(a_follower(), a_follower("mother"), venue=venue)
    world.master(done())
    for _ in (FATHER, MOTHER):
        world.ack_and_fill()
    world.sleep(1)
    world.log_in(FATHER, "NFO")
    world.log_in(MOTHER, "NSE")
    world.read(FATHER)
    world.read(MOTHER)
    world.master(done("M2"))
    assert world.ack_and_fill().follower == MOTHER
    assert not world.pending
    world.master(done("X1", "SELL", 20))
    leaving = [world.place() for _ in (FATHER, MOTHER)]
    assert {(each.follower, each.quantity) for each in leaving} == {(FATHER, 10), (MOTHER, 20)}


def test_what_the_broker_enables_is_known_after_a_restart_and_until_the_next_login():
    world = World()
    world.sleep(1)
    world.log_in(FATHER, "NFO", consent="")
    world.lose_session()
    world.restart()
    assert world.state.account(FATHER).lacks("NSE")
    assert world.state.account(FATHER).demat_consent == ""
    world.log_in(FATHER, "NFO", "NSE", consent="consent")
    assert not world.state.account(FATHER).lacks("NSE")


def test_a_login_that_becomes_known_better_does_not_make_entries_wait_again():
    world = World()
    world.sleep(1)
    world.log_in(FATHER)
    world.read()
    before = len(world.notices)
    world.log_in(FATHER, "NSE")
    assert world.state.account(FATHER).exchanges == {"NSE"}
    assert len(world.notices) == before
    world.master(done())
    assert world.place()


def test_nothing_held_is_the_reason_of_an_exit_without_a_holding():
    world = World()
    world.master(done())
    world.refuse(world.place())
    world.master(done("X1", "SELL"))
    assert skip_reason(world, "X1", Leg.EXIT) is SkipReason.NOTHING_HELD


def test_a_resting_exit_for_which_nothing_is_held_has_its_reason_at_once():
    world = World()
    world.master(done())
    world.refuse(world.place())
    world.master(an_order("X1", "SELL", price="110"))
    assert skip_reason(world, "X1", Leg.EXIT) is SkipReason.NOTHING_HELD
    world.wait(5)
    assert not world.pending


def test_every_reason_that_the_code_gives_has_its_case():
    #: Set by nothing yet: an order from before the start is NOT_COPYING, and an entry that must
    #: wait for a read waits.
    unused = {SkipReason.BEFORE_START}
    elsewhere = {
        SkipReason.NOTHING_HELD,
        SkipReason.SHORT_DELIVERY,
        SkipReason.DETACHED,
        SkipReason.PRODUCT_UNCLEAR,
        SkipReason.FENCED,
        SkipReason.CLOCK,
        SkipReason.OLD_INSTRUMENTS,
        SkipReason.AWAITS_APPROVAL,
        SkipReason.CIRCLE,
        SkipReason.NOT_APPROVED,
        SkipReason.HEDGE_REFUSED,
        SkipReason.UNWOUND,
        SkipReason.MARGIN,
        SkipReason.SAME_BURST,
        SkipReason.CIRCLE,
        SkipReason.LOSS_LIMIT,
        SkipReason.LOSS_UNSEEN,
        SkipReason.SESSION,
        SkipReason.LIMIT,
    }
    assert set(SkipReason) - set(REASONS) - unused == elsewhere


def test_an_entry_waits_until_the_followers_book_has_been_read_since_the_login():
    world = World()
    world.lose_session()
    world.log_in(FATHER)
    world.master(done())
    world.wait(3)
    assert not world.pending
    assert FATHER in world.reads
    world.read()
    world.wait(1.1)
    assert world.place()


def test_an_entry_decided_in_another_mode_epoch_does_not_leave():
    from engine.core.values.events import Allowance

    world = World()
    world.allowances = {FATHER: Allowance(entries=0, total=0)}
    world.master(done())
    world.ask(c.StopCopy())
    world.ask(c.StartCopy())
    world.allowances = {}
    world.wait(1)
    assert not world.pending
    assert world.children("M1", Leg.ENTRY)[0].state == "KILLED"


def test_a_position_under_an_unknown_instrument_is_told_once_not_crashed():
    world = World()
    world.master(done(symbol="GHOST"), done("M2"))
    assert world.place().symbol == "SBIN"


def test_an_unknown_status_is_live_and_told():
    world = World()
    world.master(an_order(price="99", status="UNRECOGNISED"))
    assert world.alerts("unknown order status")
    assert not world.pending


def test_copying_cannot_start_before_the_master_was_read():
    world = World(copying=False)
    world.lose_session("master")
    reply = world.ask(c.StartCopy())
    assert not reply.accepted
    assert "/login master" in reply.text


def test_a_chat_update_acts_once_even_after_a_restart():
    world = World()
    first = world.ask(c.StopCopy(), update_id=7)
    world.ask(c.StartCopy())
    world.restart()
    again = world.ask(c.StopCopy(), update_id=7)
    assert again.duplicate
    assert again.text == first.text
    assert world.state.copying


def test_an_entry_above_the_freeze_quantity_is_sliced_into_whole_lots():
    world = World(a_follower(multiplier=2))
    world.master(done(quantity=975, exchange="NFO", symbol=FUTURE, product=Product.NRML))
    slices = [world.place() for _ in range(2)]
    assert [order.quantity for order in slices] == [1800, 150]
    assert len({order.tag for order in slices}) == 2
    for order in slices:
        world.ack_and_fill(order)
    assert not world.pending


def test_a_refused_slice_leaves_the_others_and_is_not_sent_again():
    world = World(a_follower(multiplier=4))
    world.master(done(quantity=975, exchange="NFO", symbol=FUTURE, product=Product.NRML))
    first, second, third = (world.place() for _ in range(3))
    world.ack_and_fill(first)
    world.refuse(second, RefusalKind.MARGIN, "no funds")
    world.ack_and_fill(third)
    world.wait(30)
    assert not world.pending
    (books,) = world.state.books.values()
    assert [book.held for book in books.values()] == [1800 + 300]


def test_wrong_codes_are_counted_down_and_the_fifth_locks():
    world = World()
    said = [world.ask(c.TotpFailed()).text for _ in range(5)]
    assert said[2].endswith("2 tries left.")
    assert said[3].endswith("1 try left.")
    assert world.state.totp_locked
    assert not world.ask(c.GoLive(armed_until=world.now, totp_step=1)).accepted


def test_an_exit_of_his_that_turns_into_an_entry_is_asked_what_stands_against_it():
    world = World(a_follower(symbols_block=("NSE:SBIN",)))
    world.master(done("M1", quantity=20))
    world.master(an_order("X1", "SELL", 10, price="110"))
    world.master(done("X2", "SELL", quantity=15))
    world.master(done("X1", "SELL", quantity=10, price="110", order_type="LIMIT"))
    world.wait(5)
    assert skip_reason(world, "X1") is SkipReason.SYMBOL_BLOCKED
    assert not world.places()
