"""Followers taken out, put back and renamed at the worst moment: no exit, no limit and no order gets lost in it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.core.planning.detach import detach_proposal
from engine.core.values import control as c
from engine.core.values.commands import Acked, Place
from engine.core.values.market import AccountName, Exchange, OrderId, Product
from engine.core.values.notices import SkipReason
from engine.core.values.offers import OfferKind
from engine.core.values.orders import OrderRow
from engine.core.values.rules import Sizing
from tests.core.core_holdings import a_position, holding
from tests.core.core_offers import offered, press, the_offer
from tests.core.core_reread import CANCEL, CONFIRM, SETTINGS, both, leaving, reread
from tests.core.core_world import FATHER, FUTURE, MOTHER, World, a_follower, an_order, done


def flat_again(world: World) -> None:
    """Have the master and the copies go flat."""
    world.obliging = True
    world.master(done("M9", "SELL", 10))
    world.obliging = False
    world.wait(3)


@pytest.mark.parametrize("answer", [CONFIRM, CANCEL])
def test_who_is_back_and_waits_for_a_yes_stays_until_the_answer_though_he_is_flat(answer):
    world = leaving()
    reread(world, a_follower())
    flat_again(world)
    # His account is wired until then: a yes could not wire it again.
    assert FATHER in world.state.rules
    press(world, the_offer(world, SETTINGS), answer)
    world.wait(1)
    assert (FATHER in world.state.rules) is (answer == CONFIRM)
    assert not world.state.leaving
    world.check_journal()


def test_an_order_that_was_on_its_way_when_he_was_removed_is_cancelled_once_it_is_there():
    world = World()
    world.master(an_order(price=100))
    entry = world.place()
    reread(world)
    assert not world.pending, "there is no order id to cancel yet"
    world.answer(entry, Acked(order_id=world.book_row(entry).order_id))
    world.wait(1)
    world.cancelled()
    world.wait(1)
    assert FATHER not in world.state.rules


def with_an_absent_entry(world: World, order_id: str = "M1") -> Place:
    """Have an entry's answer lost, and a fresh book prove that it is not there."""
    world.master(done(order_id))
    entry = world.place()
    world.lose(entry)
    his = OrderRow(
        order_id=OrderId("HIS"), status=done().status, status_text="COMPLETE", exchange="NSE",
        symbol="INFY", side=done().side, quantity=1, product=Product.CNC,
        order_type=done().order_type, filled_quantity=1, tag="hisown", placed_at=world.now,
        updated_at=world.now + timedelta(seconds=200),
    )  # fmt: skip
    world.wait(200)
    world.rows[FATHER][OrderId("HIS")] = his
    world.read()
    return entry


def test_who_has_an_order_that_was_taken_for_absent_is_watched_until_its_day_ends():
    world = World()
    entry = with_an_absent_entry(world)
    assert "is watched until the day ends" in reread(world)
    world.wait(2)
    assert FATHER in world.state.rules
    # It shows up after all, and has filled: its exit is his.
    world.book_row(entry)
    world.change(
        entry, told=False, status="COMPLETE", filled_quantity=10, average_price=Decimal(100)
    )
    world.read()
    world.wait(1)
    world.master(done("M2", "SELL", 10))
    assert world.place().side == "SELL"


def test_handed_back_nothing_late_is_waited_for():
    world = holding(a_follower(), quantity=10)
    with_an_absent_entry(world, "M5")
    reread(world)
    mark = detach_proposal(world.state, FATHER).mark
    world.ask(c.DetachHoldings(follower=FATHER, symbol=None, mark=mark))
    world.wait(1)
    assert FATHER not in world.state.rules


def test_what_was_set_from_the_chat_for_a_name_is_told_where_it_would_count_for_somebody_added():
    world = both()
    world.ask(c.ChangeSetting(follower=MOTHER, key="MULTIPLIER", text="5", was="1"))
    reread(world, a_follower())
    assert MOTHER not in world.state.rules
    text = reread(world, a_follower(), a_follower("mother", multiplier="0.5"))
    assert "mother MULTIPLIER is 0.5 in the file, but /set counts" in text


def test_put_back_with_looser_rules_they_are_named_before_the_yes():
    world = leaving()
    text = reread(world, a_follower(multiplier=3))
    assert "father MULTIPLIER: 1 → 3" in text.partition("Waits")[2]
    press(world, the_offer(world, SETTINGS), CONFIRM)
    assert world.state.rules[FATHER].multiplier == 3


def test_a_fraction_that_was_owed_when_he_went_is_not_bought_when_he_is_put_back():
    world = World(a_follower(), a_follower("mother", multiplier="0.6"))
    future = {"exchange": "NFO", "symbol": FUTURE, "product": Product.NRML}
    world.obliging = True
    world.master(done("M1", quantity=75, **future))
    reread(world, a_follower())
    assert MOTHER not in world.state.rules
    world.master(done("M2", "SELL", 75, **future))
    world.wait(2)
    reread(world, a_follower(), a_follower("mother", multiplier="0.6"))
    press(world, the_offer(world, SETTINGS), CONFIRM)
    world.read(MOTHER)
    world.wait(1)
    before = len(world.commands)
    world.master(done("M3", quantity=75, **future))
    new = [each.follower for each in world.commands[before:]]
    assert new == [FATHER], "0.6 of a lot is none; what was owed of M1 he has sold long ago"
    world.check_journal()


def test_the_same_account_under_another_name_is_no_second_copy_of_the_program():
    world = holding(a_follower(), quantity=10)
    flat_again(world)
    dad = AccountName("dad")
    reread(world, replace(a_follower("dad"), user_id="UFATHER"))
    press(world, the_offer(world, SETTINGS), CONFIRM)
    assert FATHER not in world.state.rules
    request = c.SessionStored(
        account=dad, user_id="UFATHER", user_name="dad", sealed_token="y", login_at=world.now
    )
    assert world.ask(request).accepted
    world.rows[dad] = dict(world.rows[FATHER])
    world.read(dad)
    assert world.state.fence.frozen is None
    world.wait(1)
    world.master(done("M20", quantity=3))
    entry = world.place()
    assert (entry.follower, entry.quantity) == (dad, 3)


def test_put_back_he_enters_nothing_of_an_order_that_he_was_in_before():
    world = both()
    world.master(an_order("M1", price=100))
    for entry in (world.place(), world.place()):
        world.ack(entry)
    reread(world, a_follower())
    world.cancelled()
    world.wait(1)
    assert MOTHER not in world.state.rules
    reread(world, a_follower(), a_follower("mother"))
    press(world, the_offer(world, SETTINGS), CONFIRM)
    world.read(MOTHER)
    world.wait(2)
    world.master(done("M1", price=100))
    world.wait(2)
    assert not [each for each in world.pending if each.follower == MOTHER]
    world.check_journal()


def test_an_offer_of_who_has_gone_does_nothing():
    world = both()
    world.master(done())
    for entry in (world.place(), world.place()):
        world.refuse(entry)
    offers = [
        each for each in offered(world, OfferKind.ENTRY) if each.question.key.follower == MOTHER
    ]
    reread(world, a_follower())
    world.wait(1)
    for offer in offers:
        reply = press(world, offer, offer.question.choices[0].label)
        assert not reply.accepted
    assert not world.pending
    assert world.skip_of("M1", name=FATHER) is not SkipReason.DISABLED


def moved(*, quantity: int = 10) -> World:
    """Copies are held in one account, and the name stands for another one since a restart."""
    world = holding(a_follower(), quantity=quantity)
    world.restart(rules=[replace(a_follower(), user_id="UNEW")])
    return world


def log_in_as(world: World, user_id: str) -> c.Reply:
    request = c.SessionStored(
        account=FATHER, user_id=user_id, user_name="x", sealed_token="new", login_at=world.now
    )
    return world.ask(request)


def test_a_name_that_moved_gets_no_session_while_its_copies_are_in_the_account_before():
    world = moved()
    # What the program reads with: it has no session of that account, and says so at its first read.
    world.lose_session()
    reply = log_in_as(world, "UNEW")
    assert not reply.accepted
    assert "its copies are in UFATHER: +10 SBIN" in reply.text
    assert not world.state.account(FATHER).session_ok
    # Handed back there, the name is free.
    mark = detach_proposal(world.state, FATHER).mark
    world.ask(c.DetachHoldings(follower=FATHER, symbol=None, mark=mark))
    assert log_in_as(world, "UNEW").accepted
    world.check_journal()


def test_with_the_first_account_back_in_the_file_its_exits_follow():
    world = moved()
    assert not log_in_as(world, "UNEW").accepted
    world.restart(rules=[a_follower()])
    assert log_in_as(world, "UFATHER").accepted
    world.read()
    world.positions(a_position(10))
    world.master(done("M2", "SELL", 10))
    world.wait(15)
    assert world.place().quantity == 10


def test_a_refused_file_is_said_to_stand_in_the_way_of_the_next_start():
    world = World()
    world.ask(c.RefuseSettings(faults=("FOLLOWERS__A__SIZING: is wrong - use multiplier",)))
    assert world.alerts("a start with it may be refused too")


def test_what_the_account_before_had_sizes_no_order_in_another_one_under_its_name():
    world = World(a_follower(sizing=Sizing.EQUITY))
    world.funds(FATHER, 10_000_000)
    world.funds("master", 1_000_000)
    world.restart(rules=[replace(a_follower(sizing=Sizing.EQUITY), user_id="UNEW")])
    world.lose_session()
    assert log_in_as(world, "UNEW").accepted
    world.read()
    world.master()
    world.wait(1)
    world.master(done("M1"))
    assert not world.pending, "ten times the master's, by what somebody else has"
    assert world.skip_of("M1") is SkipReason.FUNDS_UNKNOWN
    assert world.state.account(FATHER).positions is None
    world.check_journal()


def test_put_back_but_disabled_he_is_not_said_to_take_entries():
    world = leaving()
    text = reread(world, a_follower(enabled=False))
    assert "father: is back, disabled" in text


@pytest.mark.parametrize(
    ("old", "new", "now", "waits"),
    [
        (
            {"segments": frozenset({Exchange.NSE, Exchange.NFO})},
            {"segments": frozenset({Exchange.NSE, Exchange.MCX})},
            "father SEGMENTS: NSE,NFO → NSE",
            "father SEGMENTS: NSE → NSE,MCX",
        ),
        (
            {"symbols_block": ("NSE:A",)},
            {"symbols_block": ("NSE:B",)},
            "father SYMBOLS_BLOCK: NSE:A → NSE:A,NSE:B",
            "father SYMBOLS_BLOCK: NSE:A,NSE:B → NSE:B",
        ),
        (
            {"segment_multipliers": {"NFO": Decimal(1), "MCX": Decimal(0)}},
            {"segment_multipliers": {"NFO": Decimal("0.5"), "MCX": Decimal(1)}},
            '"NFO": "1", "MCX": "0"} → {"NFO": "0.5", "MCX": "0"}',
            '"NFO": "0.5", "MCX": "0"} → {"NFO": "0.5", "MCX": "1"}',
        ),
        (
            {"loss_ladder": (70, 85, 100)},
            {"loss_ladder": (60, 90, 100)},
            "father LOSS_LADDER: 70,85,100 → 60,85,100",
            "father LOSS_LADDER: 60,85,100 → 60,90,100",
        ),
    ],
    ids=["segments", "symbols", "factors", "ladder"],
)
def test_of_one_value_that_is_looser_and_tighter_the_tighter_part_counts_at_once(
    old, new, now, waits
):
    world = World(a_follower(**old))
    counted, _, asked = reread(world, a_follower(**new)).partition("Waits")
    assert now in counted
    assert waits in asked
    assert world.state.rules[FATHER] not in (a_follower(**old), a_follower(**new))
    press(world, the_offer(world, SETTINGS), CONFIRM)
    assert world.state.rules[FATHER] == a_follower(**new)
    world.check_journal()
