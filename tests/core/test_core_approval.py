"""APPROVE=ask: every entry is offered before it leaves, exits never ask."""

from decimal import Decimal

import pytest

from engine.core.planning.approval import LASTS
from engine.core.values.keys import Leg
from engine.core.values.market import OrderType, Side
from engine.core.values.notices import SkipReason
from engine.core.values.offers import OfferKind
from engine.core.values.rules import Mirror, Oversize
from tests.core.core_offers import ASKS, GATHERED, asked, labels, offered, press, the_offer
from tests.core.core_world import FATHER, FUTURE, World, a_follower, an_order, done


def told(world: World) -> str:
    (alert,) = world.alerts("as the master?")
    return alert.text


def test_an_entry_is_offered_with_both_prices_and_when_it_expires_and_nothing_leaves():
    world = asked(prices={"SBIN": 101}, multiplier=2)
    assert not world.places()
    text = told(world)
    assert "father: BUY 20 SBIN as the master?" in text
    assert "Master's price 100, now 101." in text
    assert "Expires 10:10, or when he exits." in text
    offer = the_offer(world, OfferKind.APPROVAL)
    assert labels(offer) == ["Copy", "Skip", "Price now"]
    assert world.skip_of() is SkipReason.AWAITS_APPROVAL


def test_copy_sends_a_limit_at_the_band_and_the_exit_asks_nobody():
    world = asked(prices={"SBIN": 101})
    world.wait(120)
    reply = press(world, the_offer(world, OfferKind.APPROVAL), "Copy")
    assert reply.text == "Sent: BUY 10 SBIN. Master's price 100, now 101."
    entry = world.ack_and_fill()
    assert (entry.quantity, entry.order_type, entry.price) == (10, OrderType.LIMIT, Decimal(101))
    world.master(done("X1", "SELL", 4))
    assert world.ack_and_fill().quantity == 4
    world.master(done("X2", "SELL", 6))
    exit_ = world.ack_and_fill()
    assert (exit_.side, exit_.quantity) == (Side.SELL, 6)
    assert world.held() == 0
    assert len(world.alerts("as the master?")) == 1
    world.check_journal()


def test_an_auto_follower_beside_is_copied_at_once_and_nobody_is_asked_about_him():
    world = World(a_follower(**ASKS), a_follower("mother"))
    world.master(done("M1"))
    assert world.ack_and_fill().follower == "mother"
    world.wait(GATHERED)
    assert the_offer(world, OfferKind.APPROVAL).question.key.follower == FATHER


def test_a_price_beyond_the_band_is_not_paid_and_may_be_pressed_again():
    world = asked()
    world.wait(60, step=5, SBIN="101.05")
    offer = the_offer(world, OfferKind.APPROVAL)
    reply = press(world, offer, "Copy")
    assert not reply.accepted
    assert reply.text == (
        "Not copied: Master's price 100, now 101.05. Your band ends at 101.0: press again if the price "
        "comes back."
    )
    assert offer.settled is None
    world.wait(1, SBIN=101)
    assert press(world, offer, "Copy").accepted
    assert world.place().price == 101


def test_the_price_of_now_is_told_as_often_as_asked_and_settles_nothing():
    world = asked(prices={"SBIN": 101})
    offer = the_offer(world, OfferKind.APPROVAL)
    said = "BUY 10 SBIN. Master's price 100, now {}. Expires 10:10, or when he exits."
    assert press(world, offer, "Price now").text == said.format(101)
    world.wait(1, SBIN=99)
    assert press(world, offer, "Price now").text == said.format(99)
    assert offer.settled is None
    assert not world.pending


def test_skip_is_a_recorded_reason_and_the_order_never_asks_again():
    world = asked(order=an_order("M1", price=100))
    assert press(world, the_offer(world, OfferKind.APPROVAL), "Skip").accepted
    assert world.skip_of() is SkipReason.NOT_APPROVED
    assert world.part().skips[Leg.ENTRY].detail == "owner skipped it"
    world.master(an_order("M1", quantity=30, price=101))
    world.wait(5)
    world.master(done("M1", quantity=30, price=101))
    world.wait(30)
    world.restart()
    world.read()
    world.master()
    world.wait(5)
    assert not world.places()
    assert len(world.alerts("as the master?")) == 1


def test_a_copied_order_that_he_changes_does_not_ask_again():
    world = asked(order=an_order("M1", price=100))
    press(world, the_offer(world, OfferKind.APPROVAL), "Copy")
    entry = world.ack()
    assert (entry.order_type, entry.price) == (OrderType.LIMIT, 100)
    world.wait(60, step=1)
    world.read()
    world.master(an_order("M1", quantity=30, price=101))
    change = world.modified()
    assert (change.quantity, change.price) == (30, 101)
    assert len(world.alerts("as the master?")) == 1


def test_slices_within_two_seconds_are_one_offer_and_one_answer():
    world = World(a_follower(**ASKS, multiplier="0.75"))
    more = {"symbol": FUTURE, "exchange": "NFO"}
    for number in range(3):
        world.master(done(f"M{number}", quantity=150, **more))
        world.wait(0.5)
    world.wait(GATHERED)
    (alert,) = world.alerts("as the master?")
    # 3 x 1.5 lots: the whole is rounded once.
    assert "BUY 300 NIFTY26DECFUT" in alert.text
    offer = the_offer(world, OfferKind.APPROVAL)
    assert offer.question.orders == ("M0", "M1", "M2")
    assert "BUY 300" in press(world, offer, "Copy").text
    copies = [world.ack_and_fill() for _ in range(3)]
    assert sum(each.quantity for each in copies) == 300
    world.wait(5)
    assert not world.pending
    world.master(done("X1", "SELL", 450, **more))
    assert world.ack_and_fill().quantity == 300
    world.check_journal()


def test_the_other_side_and_an_order_two_seconds_later_are_asked_about_apart():
    world = World(a_follower(**ASKS))
    world.master(an_order("M1", price=100))
    world.wait(GATHERED)
    world.master(an_order("M2", price=99))
    world.master(an_order("M3", "SELL", price=120))
    world.wait(GATHERED)
    asked_about = [each.question.orders for each in offered(world, OfferKind.APPROVAL)]
    assert asked_about == [("M1",), ("M2",), ("M3",)]


def test_skipped_slices_each_have_their_reason():
    world = World(a_follower(**ASKS))
    world.master(done("M1"), done("M2"))
    world.wait(GATHERED)
    press(world, the_offer(world, OfferKind.APPROVAL), "Skip")
    assert {world.skip_of(each) for each in ("M1", "M2")} == {SkipReason.NOT_APPROVED}


def test_a_slice_that_he_is_out_of_is_not_copied_with_the_others():
    world = World(a_follower(**ASKS))
    world.master(an_order("M1", price=100), an_order("M2", price=99))
    world.wait(GATHERED)
    offer = the_offer(world, OfferKind.APPROVAL)
    world.master(an_order("M2", price=99, status="CANCELLED"))
    assert offer.settled is None
    assert "BUY 10 " in press(world, offer, "Copy").text
    assert world.place().price == 100
    assert not world.pending
    assert world.skip_of("M2") is SkipReason.AWAITS_APPROVAL


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        (lambda: done("X1", "SELL"), "the master is out again"),
        (lambda: an_order("M1", price=100, status="CANCELLED"), "his order has ended"),
    ],
)
def test_an_offer_that_he_left_before_the_press_says_so_and_copies_nothing(ends, why):
    cancelled = "order" in why
    world = asked(order=an_order("M1", price=100) if cancelled else None)
    offer = the_offer(world, OfferKind.APPROVAL)
    world.master(ends())
    assert offer.settled is not None
    assert why in offer.settled.text
    assert why in press(world, offer, "Copy").text
    assert world.skip_of() is SkipReason.NOT_APPROVED
    assert why in world.part().skips[Leg.ENTRY].detail
    world.wait(5)
    assert not world.places()


def test_his_partial_exit_shrinks_what_is_copied():
    world = asked()
    world.master(done("X1", "SELL", 4))
    offer = the_offer(world, OfferKind.APPROVAL)
    assert press(world, offer, "Price now").text.startswith("BUY 6 SBIN.")
    assert press(world, offer, "Copy").text.startswith("Sent: BUY 6 SBIN.")
    assert world.ack_and_fill().quantity == 6
    world.master(done("X2", "SELL", 6))
    assert world.ack_and_fill().quantity == 6


def test_what_he_exits_before_he_is_asked_is_not_copied():
    world = World(a_follower(**ASKS))
    world.master(done("M1"))
    world.wait(0.5)
    world.master(done("X1", "SELL", 4))
    world.wait(GATHERED)
    assert "BUY 6 SBIN" in told(world)
    world.master(done("X2", "SELL", 3))
    assert press(world, the_offer(world, OfferKind.APPROVAL), "Copy").accepted
    assert world.ack_and_fill().quantity == 3
    world.master(done("X3", "SELL", 3))
    assert world.ack_and_fill().quantity == 3


@pytest.mark.parametrize("mirror", Mirror)
@pytest.mark.parametrize("pressed_after", [0, 1, 2])
def test_what_still_fills_of_an_order_that_he_has_exited_in_part_is_copied_whole(
    mirror, pressed_after
):
    """Of his 20 he has 10, sells 5, and the rest fills: of each of the three moments 15 are the follower's."""
    world = World(a_follower(**ASKS, mirror=mirror))
    world.master(an_order("M1", quantity=20, price=100, filled_quantity=10))
    world.wait(GATHERED)
    happens = (done("X1", "SELL", 5), done("M1", quantity=20, price=100))
    for row in happens[:pressed_after]:
        world.master(row)
    world.obliging = True
    press(world, the_offer(world, OfferKind.APPROVAL), "Copy")
    world.wait(1)
    for row in happens[pressed_after:]:
        world.master(row)
        world.wait(1)
    for child in list(world.state.open_children.values()):
        world.fill(child.command)
    world.wait(3)
    assert (world.held(), world.ledger().exact()) == (15, 15)
    world.check_journal()


def test_what_a_limit_has_cut_and_he_has_mostly_exited_comes_to_no_lot():
    rules = a_follower(**ASKS, max_order_quantity=75, oversize=Oversize.CUT)
    world = World(rules)
    more = {"symbol": FUTURE, "exchange": "NFO"}
    world.master(done("M1", quantity=150, **more))
    world.wait(0.5)
    world.master(done("X1", "SELL", 75, **more))
    world.wait(GATHERED)
    assert not world.alerts("A fault inside")
    assert not world.places()


def test_an_order_that_rests_is_offered_without_an_end_until_it_fills():
    world = asked(order=an_order("M1", price=100))
    assert "Open while his order rests, and ten minutes from its first fill." in told(world)
    offer = the_offer(world, OfferKind.APPROVAL)
    world.wait(3600, step=30)
    assert offer.settled is None
    world.master(an_order("M1", price=100, filled_quantity=4))
    world.wait(LASTS.total_seconds() - 1, step=1)
    assert offer.settled is None
    world.wait(1, step=1)
    assert offer.settled.text == "Settled: nobody answered by 11:10."


def test_an_order_through_zero_exits_at_once_and_asks_about_the_rest():
    world = asked()
    press(world, the_offer(world, OfferKind.APPROVAL), "Copy")
    world.ack_and_fill()
    world.master(done("R1", "SELL", 25))
    exit_ = world.ack_and_fill()
    assert (exit_.side, exit_.quantity) == (Side.SELL, 10)
    assert not world.pending
    world.wait(GATHERED)
    assert "SELL 15 SBIN as the master?" in world.alerts("as the master?")[-1].text
    press(world, the_offer(world, OfferKind.APPROVAL), "Copy")
    assert world.place().quantity == 15


def test_what_fills_in_parts_under_fills_is_asked_once():
    world = asked(
        order=an_order("M1", quantity=30, price=100, filled_quantity=10), mirror=Mirror.FILLS
    )
    assert "BUY 10 SBIN" in told(world)
    press(world, the_offer(world, OfferKind.APPROVAL), "Copy")
    assert world.ack_and_fill().quantity == 10
    world.wait(2)
    world.master(an_order("M1", quantity=30, price=100, filled_quantity=20))
    assert world.ack_and_fill().quantity == 10
    assert len(world.alerts("as the master?")) == 1


def test_less_than_a_lot_is_not_asked_about():
    world = World(a_follower(**ASKS, multiplier="0.4"))
    world.master(done("M1", quantity=75, symbol=FUTURE, exchange="NFO"))
    world.wait(GATHERED)
    assert not world.alerts("as the master?")
    assert world.skip_of("M1", symbol=FUTURE) is SkipReason.ZERO_LOTS


@pytest.mark.parametrize("tags", [("mktp",), ("mktp:3",)])
def test_before_a_market_order_fills_its_protection_limit_is_not_told_as_his_price(tags):
    order = an_order("M1", price="1404.5", order_type=OrderType.LIMIT, tags=tags)
    world = asked(order=order, prices={"SBIN": 1377})
    assert "Master at the market, now 1,377." in told(world)
    assert "1404" not in told(world)


def test_prices_are_written_as_indian_traders_read_them():
    world = asked(
        order=an_order("M1", price="101404.5", order_type=OrderType.LIMIT), prices={"SBIN": 101377}
    )
    assert "Master's price 1,01,404.5, now 1,01,377." in told(world)
