"""Sizing by what the accounts have: which figure counts, how old it may be, and when the ratio is pinned."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from engine.core.observe.drift import drift_view
from engine.core.risk.scale import READING_AGE, amount_of
from engine.core.risk.words import in_rupees
from engine.core.values import control as c
from engine.core.values.events import FundsRead
from engine.core.values.market import MASTER, OrderStatus, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.offers import OfferKind
from engine.core.values.orders import Funds
from engine.core.values.rules import Sizing
from tests.core.core_offers import press, the_offer
from tests.core.core_sizing import pass_by, skip_text
from tests.core.core_world import FATHER, World, a_follower, an_order, done


def by_funds(sizing: Sizing = Sizing.FREE_MARGIN, **more) -> World:
    return World(a_follower(sizing=sizing, **more))


@pytest.mark.parametrize(
    ("mine", "his", "multiplier", "units"),
    [
        (500_000, 1_000_000, "1", 500),
        (500_000, 1_000_000, "2", 1000),
        (1_000_000, 500_000, "0.25", 500),
        (333_333, 1_000_000, "1", 333),
        (1_000_000, 3_000_000, "1", 333),  # a third is cut to 0.333333
        ("0.01", 1_000, "1", 0),
    ],
)
def test_an_entry_is_sized_by_what_the_follower_has_of_what_the_master_has(
    mine, his, multiplier, units
):
    world = by_funds(multiplier=multiplier)
    world.funds(FATHER, mine)
    world.funds(MASTER, his)
    world.master(done(quantity=1000))
    assert [each.quantity for each in world.places()] == [units] * bool(units)
    if not units:
        assert "would copy it" in skip_text(world, symbol="SBIN")


def test_the_segment_multiplier_counts_besides():
    world = by_funds(segment_multipliers={"NSE": Decimal("0.5")})
    world.funds(FATHER, 500_000)
    world.funds(MASTER, 1_000_000)
    world.master(done(quantity=1000))
    assert world.place().quantity == 250


@pytest.mark.parametrize(
    ("sizing", "exchange", "amount"),
    [
        (Sizing.FREE_MARGIN, "NSE", 100),
        (Sizing.FREE_MARGIN, "NFO", 100),
        (Sizing.FREE_MARGIN, "CDS", 100),
        (Sizing.FREE_MARGIN, "MCX", 30),
        (Sizing.EQUITY, "BFO", 150),
        (Sizing.EQUITY, "MCX", 37),
    ],
)
def test_equity_is_what_is_free_and_what_is_used_of_the_segment(sizing, exchange, amount):
    funds = Funds(
        equity=Decimal(100), commodity=Decimal(30), equity_used=Decimal(50),
        commodity_used=Decimal(7),
    )  # fmt: skip
    assert amount_of(funds, sizing, exchange) == amount


def test_equity_does_not_move_with_what_is_blocked_and_free_margin_does():
    sizes = {}
    for sizing in (Sizing.EQUITY, Sizing.FREE_MARGIN):
        world = by_funds(sizing)
        world.funds(FATHER, 250_000, used=250_000)
        world.funds(MASTER, 1_000_000)
        world.master(done(quantity=1000))
        sizes[sizing] = world.place().quantity
    assert sizes == {Sizing.EQUITY: 500, Sizing.FREE_MARGIN: 250}


def test_equity_that_kite_does_not_tell_is_not_guessed():
    world = by_funds(Sizing.EQUITY)
    world.funds(FATHER, 250_000, used=None)
    world.funds(MASTER, 1_000_000)
    world.master(done())
    assert skip_text(world, symbol="SBIN") == (
        "the funds it is sized by are not known: Kite does not tell the equity of father; "
        "SIZING=free_margin does without"
    )


@pytest.mark.parametrize(
    ("age", "copied"),
    [
        (READING_AGE - timedelta(seconds=1), True),
        (READING_AGE, True),
        (READING_AGE + timedelta(seconds=1), False),
    ],
    ids=["under", "at", "over"],
)
@pytest.mark.parametrize("old", [FATHER, MASTER])
def test_the_last_good_reading_counts_until_it_is_too_old(old, age, copied):
    world = by_funds()
    world.funds(old, 1_000_000)
    pass_by(world, age.total_seconds())
    world.funds(MASTER if old == FATHER else FATHER, 1_000_000)
    world.master(done())
    assert bool(world.pending) is copied
    if not copied:
        assert skip_text(world, symbol="SBIN") == (
            f"the funds it is sized by are not known: the free margin of {old} was read 15 min ago, 15 count; "
            "/funds shows whether Kite tells it"
        )


def test_a_reading_is_as_old_as_its_question():
    world = by_funds()
    world.funds(MASTER, 1_000_000)
    asked_at = world.now
    world.wait(7)
    told = world.state.account(MASTER).funds
    world.offer(FundsRead(account=FATHER, funds=told, asked_at=asked_at, at=world.now))
    assert world.state.account(FATHER).funds_at == asked_at


def test_a_reading_of_the_future_counts_for_no_longer():
    world = by_funds()
    world.funds(MASTER, 1_000_000)
    world.funds(FATHER, 1_000_000)
    world.now -= READING_AGE + timedelta(seconds=1)
    world.master(done())
    assert world.skip_of() is SkipReason.FUNDS_UNKNOWN


def test_a_follower_without_a_session_on_paper_is_told_to_log_in():
    world = World(a_follower(sizing=Sizing.FREE_MARGIN), venue=Venue.PAPER)
    world.lose_session()
    world.funds(MASTER, 1_000_000)
    world.master(done())
    assert skip_text(world, symbol="SBIN").endswith(
        "the free margin of father was not read yet; no session: /login father"
    )
    world.funds(FATHER, 500_000)
    world.master(done("M2"))
    assert world.place().quantity == 5


@pytest.mark.parametrize(("mine", "his", "whose"), [(0, 1, "father"), (-5, 1, "father")])
def test_nothing_free_is_a_skip_and_no_division(mine, his, whose):
    world = by_funds()
    world.funds(FATHER, mine)
    world.funds(MASTER, his)
    world.master(done())
    assert world.skip_of() is SkipReason.NO_FUNDS
    assert f"the free margin of {whose} is" in skip_text(world, symbol="SBIN")


@pytest.mark.parametrize("his", [0, -1, -100_000])
def test_a_master_with_nothing_free_is_a_skip_and_no_division(his):
    world = by_funds()
    world.funds(FATHER, 100_000)
    world.funds(MASTER, his)
    world.master(done())
    assert skip_text(world, symbol="SBIN") == (
        f"no funds to size it by: the free margin of master is {in_rupees(Decimal(his))}; above 0 it would be copied "
        "by its share"
    )


def test_the_ratio_is_pinned_when_the_order_is_first_seen():
    world = by_funds()
    world.funds(FATHER, 500_000)
    world.funds(MASTER, 1_000_000)
    world.master(an_order(quantity=100, price="99"))
    first = world.ack()
    assert first.quantity == 50
    world.funds(FATHER, 1_000_000)
    world.master(an_order(quantity=100, price="99.5"))
    world.wait(1)
    (change,) = [world.take() for _ in range(len(world.pending))]
    assert change.quantity == 50
    assert world.part().basis == "free margin ₹5,00,000 of the master's ₹10,00,000"
    world.master(an_order("M2", quantity=100, price="99.5"))
    assert world.part("M2").ratio == 1


def test_what_is_known_of_funds_and_what_was_pinned_survive_a_restart():
    world = by_funds()
    world.funds(FATHER, 500_000)
    world.funds(MASTER, 1_000_000)
    world.master(an_order(quantity=100, price="99"))
    world.ack()
    world.restart()
    assert world.state.account(FATHER).funds == Funds(
        equity=Decimal(500_000), commodity=Decimal(0), equity_used=Decimal(0),
        commodity_used=Decimal(0),
    )  # fmt: skip
    assert (world.part().ratio, world.part().carry) == (Fraction(1, 2), 0)


@pytest.mark.parametrize("sizing", [Sizing.EQUITY, Sizing.FREE_MARGIN])
def test_an_exit_never_asks_what_the_accounts_have(sizing):
    world = by_funds(sizing)
    world.funds(FATHER, 500_000)
    world.funds(MASTER, 1_000_000)
    world.master(done(quantity=100))
    assert world.ack_and_fill().quantity == 50
    pass_by(world, 3600)
    world.funds(MASTER, 0)
    world.master(done("X1", "SELL", 40))
    assert world.ack_and_fill().quantity == 20
    world.master(done("X2", "SELL", 60))
    assert world.ack_and_fill().quantity == 30
    world.check_journal()


def test_an_order_that_was_an_exit_when_nothing_was_known_says_so_when_it_enters():
    world = by_funds()
    world.master(done())  # left out
    world.master(an_order("S1", "SELL", 10, price="101"))
    world.master(done("X1", "SELL", 10))
    world.master(done("S1", "SELL", 10, price="101"))
    world.wait(3)
    assert skip_text(world, "S1", symbol="SBIN").endswith(
        "what it is sized by was not known when the order was first seen"
    )
    assert not world.pending


def test_open_orders_that_are_copied_at_a_start_are_sized_by_what_is_known_then():
    world = World(a_follower(sizing=Sizing.FREE_MARGIN), copying=False)
    world.master(an_order(quantity=100, price="99"))
    world.funds(FATHER, 500_000)
    world.funds(MASTER, 1_000_000)
    reply = world.ask(c.StartCopy(copy_open_orders=True))
    assert "1 open order of" in reply.text
    assert world.place().quantity == 50


def test_open_orders_that_cannot_be_sized_at_a_start_say_why():
    world = World(a_follower(sizing=Sizing.FREE_MARGIN), copying=False)
    world.master(an_order(quantity=100, price="99"))
    reply = world.ask(c.StartCopy(copy_open_orders=True))
    assert "open order" not in reply.text
    assert world.skip_of() is SkipReason.FUNDS_UNKNOWN


@pytest.mark.parametrize("sizing", [Sizing.FIXED_LOTS, Sizing.FREE_MARGIN])
def test_a_difference_is_measured_by_what_was_pinned_not_by_todays_ratio(sizing):
    world = by_funds(sizing)
    world.funds(FATHER, 100_000)
    world.funds(MASTER, 1_000_000)
    world.master(done(quantity=10))
    world.ack_and_fill()
    world.funds(FATHER, 1_000_000)
    (account,) = drift_view(world.state)
    assert account.rows == ()
    assert world.row(world.commands[0]).status is OrderStatus.COMPLETE


@pytest.mark.parametrize(("sizing", "units"), [(Sizing.FREE_MARGIN, 50), (Sizing.FIXED_LOTS, 4)])
def test_a_missed_entry_is_offered_at_the_size_it_was_pinned_at(sizing, units):
    world = World(a_follower(sizing=sizing, fixed_lots=4))
    world.funds(FATHER, 500_000)
    world.funds(MASTER, 1_000_000)
    world.lose_session()
    world.master(done(quantity=100))
    world.funds(FATHER, 1_000_000)
    world.log_in(FATHER)
    world.master()
    world.read()
    assert any(f"BUY {units} SBIN was not copied" in each.text for each in world.notices)
    press(world, the_offer(world, OfferKind.ENTRY), "Copy")
    assert world.ack_and_fill().quantity == units
    assert world.ledger().exact() == units
    world.check_journal()
