"""How large an entry is: each way of sizing, what is owed, and what a skip says would have been needed."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.observe.drift import drift_view
from engine.core.risk.scale import READING_AGE, amount_of
from engine.core.risk.words import in_decimals, in_rupees
from engine.core.values import control as c
from engine.core.values.events import FundsRead
from engine.core.values.keys import Leg
from engine.core.values.market import MASTER, OrderStatus, Product, Side, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.offers import OfferKind
from engine.core.values.orders import Funds
from engine.core.values.rules import Sizing
from engine.core.values.sizing import entry_units, exact_units
from tests.core.core_offers import press, the_offer
from tests.core.core_world import FATHER, FUTURE, World, a_follower, an_order, done

LOT = 75


def future(order_id: str = "M1", side: str = "BUY", lots: int = 1, **changed):
    return done(
        order_id, side, lots * LOT, exchange="NFO", symbol=FUTURE, product=Product.MIS, **changed
    )


def pass_by(world: World, seconds: float) -> None:
    """Let a long time pass: the machine slept for most of it, and has looked at everything since."""
    if seconds > 30:
        world.sleep(seconds - 20)
        world.wait(0.5)
        world.master()
        world.read()
        seconds = 19.5
    world.wait(seconds)


def mirrored(world: World) -> int:
    """Let every order that is to leave fill; return what the father then holds of the future."""
    while world.pending:
        world.ack_and_fill()
    books = [book for books in world.state.books.values() for book in books.values()]
    return sum(book.held for book in books if book.key.symbol == FUTURE)


def skip_text(world: World, order_id: str = "M1", symbol: str = FUTURE) -> str:
    skip = world.part(order_id, symbol).skips[Leg.ENTRY]
    return f"{skip.reason.value}: {skip.detail}"


# -- multiplier ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("multiplier", "segments", "symbol", "quantity", "units"),
    [
        ("1", {}, "SBIN", 10, 10),
        ("0.5", {}, "SBIN", 10, 5),
        ("0.5", {"NSE": "0.5"}, "SBIN", 10, 2),  # 2.5
        ("0.5", {"NFO": "0.5"}, "SBIN", 10, 5),  # another segment's
        ("2", {"NFO": "0.5"}, FUTURE, LOT, LOT),
        ("2", {"NFO": "0.5"}, "SBIN", 10, 20),
        ("0.99", {}, FUTURE, 2 * LOT, LOT),  # just under two lots
        ("1", {}, FUTURE, 2 * LOT, 2 * LOT),
        ("1.01", {}, FUTURE, 2 * LOT, 2 * LOT),  # just over
    ],
)
def test_the_multiplier_of_the_segment_counts_and_lots_are_rounded_toward_zero(
    multiplier, segments, symbol, quantity, units
):
    segments = {exchange: Decimal(each) for exchange, each in segments.items()}
    world = World(a_follower(multiplier=multiplier, segment_multipliers=segments))
    more = {"exchange": "NFO", "product": Product.MIS} if symbol == FUTURE else {}
    world.master(done(quantity=quantity, symbol=symbol, **more))
    assert world.place().quantity == units


@pytest.mark.parametrize(
    ("multiplier", "lots", "words"),
    [
        ("0.5", 1, "0.5 x 75 = 37.5, short of a lot of 75; MULTIPLIER 1 would copy it"),
        ("0.3", 2, "0.3 x 150 = 45, short of a lot of 75; MULTIPLIER 0.5 would copy it"),
        ("0.333", 3, "0.333 x 225 = 74.92, short of a lot of 75; MULTIPLIER 0.34 would copy it"),
    ],
)
def test_less_than_a_lot_says_what_would_have_been_needed_and_that_is_true(multiplier, lots, words):
    world = World(a_follower(multiplier=multiplier))
    world.master(future(lots=lots))
    assert skip_text(world) == f"less than one lot at this multiplier: {words}"
    needed = words.partition("MULTIPLIER ")[2].partition(" ")[0]
    again = World(a_follower(multiplier=needed))
    again.master(future(lots=lots))
    assert again.place().quantity == LOT


def test_a_skip_tells_what_is_owed_too_much_or_too_little():
    world = World(a_follower(multiplier="0.4"))
    world.master(future("M1"))
    world.master(future("M2"))
    assert "0.4 x 75 + 30 owed from before = 60, short of a lot of 75; MULTIPLIER 0.6" in skip_text(
        world, "M2"
    )
    world.master(future("M3"))
    assert mirrored(world) == LOT  # 30 + 30 + 30
    world.master(future("M4"))
    # Owed 15: with 0.8 this one alone would have been 60.
    assert "0.4 x 75 + 15 owed from before = 45" in skip_text(world, "M4")
    assert "MULTIPLIER 0.8 would copy it" in skip_text(world, "M4")


def test_shares_that_come_to_no_unit_say_so_for_one_unit():
    world = World(a_follower(multiplier="0.002"))
    world.master(done(quantity=10))
    assert skip_text(world, symbol="SBIN").endswith(
        "0.002 x 10 = 0.02, short of one unit; MULTIPLIER 0.1 would copy it"
    )


def test_a_segment_of_multiplier_zero_says_what_would_copy_it():
    world = World(a_follower(segment_multipliers={"NFO": Decimal(0)}))
    world.master(future())
    assert "NFO; above 0 in SEGMENT_MULTIPLIERS would copy it" in skip_text(world)


# -- the carry -------------------------------------------------------------------------------


@given(
    quantities=st.lists(st.integers(1, 40), min_size=1, max_size=8),
    ratio=st.fractions(0, 3, max_denominator=50),
    lot=st.sampled_from([1, 20, 75]),
)
def test_slices_never_come_to_more_than_the_whole_and_owe_less_than_a_lot(quantities, ratio, lot):
    exact, planned = Fraction(0), 0
    for lots in quantities:
        carry = exact - planned
        planned += entry_units(
            quantity=lots * lot, ratio=ratio, carry=carry, side=Side.BUY, lot_size=lot
        )
        exact += ratio * lots * lot
        assert 0 <= exact - planned < lot
    whole = exact_units(sum(quantities) * lot, ratio=ratio)
    assert planned == int(whole) // lot * lot


@given(st.data())
def test_the_ledger_owes_less_than_a_lot_after_any_entries_and_exits(data):
    multiplier = data.draw(st.sampled_from(["0.3", "0.5", "0.75", "1.5", "2.4"]))
    world = World(a_follower(multiplier=multiplier))
    net = 0
    for number in range(data.draw(st.integers(1, 6))):
        exits = net > 0 and data.draw(st.booleans())
        lots = data.draw(st.integers(1, net if exits else 6))
        net += -lots if exits else lots
        world.master(future(f"M{number}", "SELL" if exits else "BUY", lots))
        held = mirrored(world)
        book = world.ledger(FUTURE)
        assert held % LOT == 0
        if net == 0:
            assert held == 0
        elif not exits:
            assert abs(book.exact() - held) < LOT
        assert 0 <= held <= max(Fraction(multiplier) * net * LOT, 0) + LOT


# -- fixed lots ------------------------------------------------------------------------------


def with_lots(lots: int = 1, **more) -> World:
    return World(a_follower(sizing=Sizing.FIXED_LOTS, fixed_lots=lots, **more))


@pytest.mark.parametrize(("lots", "his"), [(1, 1), (1, 24), (3, 1), (3, 24)])
def test_fixed_lots_are_bought_however_much_the_master_buys(lots, his):
    world = with_lots(lots)
    world.master(future(lots=his))
    assert mirrored(world) == lots * LOT


def test_fixed_lots_are_units_where_there_are_no_lots():
    world = with_lots(7)
    world.master(done(quantity=500))
    assert world.place().quantity == 7


def test_the_multiplier_does_not_touch_fixed_lots_but_a_segment_of_zero_stops_them():
    world = with_lots(2, multiplier="3", segment_multipliers={"NSE": Decimal(0)})
    world.master(future())
    assert mirrored(world) == 2 * LOT
    world.master(done("M2"))
    assert world.skip_of("M2") is SkipReason.MULTIPLIER_ZERO


def test_fixed_lots_stay_while_an_order_is_changed_or_filled_in_parts():
    world = with_lots()
    resting = {"price": "100", "exchange": "NFO", "symbol": FUTURE, "product": Product.MIS}
    world.master(an_order(quantity=10 * LOT, **resting))
    first = world.ack()
    for quantity, filled in ((20 * LOT, 0), (2 * LOT, 0), (2 * LOT, LOT)):
        world.master(an_order(quantity=quantity, filled_quantity=filled, **resting))
        assert not world.pending
    world.fill(first)
    world.master(an_order(quantity=2 * LOT, filled_quantity=LOT, status="CANCELLED", **resting))
    assert mirrored(world) == LOT
    assert world.ledger(FUTURE).exact() == LOT
    world.master(future("X1", "SELL", 1))
    assert mirrored(world) == 0
    world.check_journal()


@pytest.mark.parametrize(
    ("seconds", "copies"), [(0, 1), (1, 1), (2, 1), (2.001, 2), (3, 2)], ids=str
)
def test_a_burst_within_two_seconds_is_copied_once(seconds, copies):
    world = with_lots()
    world.master(future("M1", lots=24, placed_at=world.now))
    later = world.now + timedelta(seconds=seconds)
    pass_by(world, seconds)
    world.master(future("M2", lots=24, placed_at=later))
    assert mirrored(world) == copies * LOT
    if copies == 1:
        reason = world.skip_of("M2", symbol=FUTURE)
        assert reason is SkipReason.SAME_BURST
        assert (
            "begun within 2 s of order #1; orders more than 2 s apart are copied each"
            in skip_text(world, "M2")
        )


def test_a_long_burst_is_one_burst_and_its_exits_are_shares_of_all_he_has():
    world = with_lots(2)
    for number in range(5):
        world.master(future(f"M{number}", lots=24, placed_at=world.now))
        world.wait(1.5)
    assert mirrored(world) == 2 * LOT
    world.master(future("X1", "SELL", 60))  # half of 120
    assert mirrored(world) == LOT
    world.master(future("X2", "SELL", 60))
    assert mirrored(world) == 0
    world.check_journal()


def test_a_whole_burst_that_one_read_shows_is_copied_once():
    world = with_lots()
    world.master(*(future(f"M{number}", lots=24, placed_at=world.now) for number in range(4)))
    assert mirrored(world) == LOT


def test_a_slice_that_came_to_nothing_does_not_use_up_the_burst():
    world = with_lots()
    world.master(future("M1", placed_at=world.now))
    world.refuse(world.place())
    world.master(future("M2", placed_at=world.now))
    assert mirrored(world) == LOT
    world.master(future("M3", placed_at=world.now))
    assert world.skip_of("M3", symbol=FUTURE) is SkipReason.SAME_BURST


def test_an_order_that_was_left_out_for_another_reason_does_not_use_up_the_burst():
    world = with_lots()
    world.ask(c.PauseFollower(follower=FATHER))
    world.master(future("M1", placed_at=world.now))
    world.ask(c.ResumeFollower(follower=FATHER))
    world.master()
    world.read()
    world.master(future("M2", placed_at=world.now))
    world.wait(1)
    assert mirrored(world) == LOT
    assert world.skip_of("M1", symbol=FUTURE) is SkipReason.PAUSED


def test_the_other_side_and_other_symbols_are_no_burst():
    world = with_lots()
    world.master(future("M1", placed_at=world.now))
    world.master(done("M2", placed_at=world.now))
    assert mirrored(world) == LOT
    world.master(future("M3", "SELL", 1, placed_at=world.now))
    assert mirrored(world) == 0
    world.master(future("M4", "SELL", 1, placed_at=world.now))
    assert mirrored(world) == -LOT


def test_exits_that_turn_into_a_burst_of_entries_are_copied_once():
    world = with_lots()
    world.master(future("M1"))
    assert mirrored(world) == LOT
    world.wait(10)
    resting = {"price": "100", "exchange": "NFO", "symbol": FUTURE, "product": Product.MIS}
    at = world.now
    names = ("S1", "S2", "S3")
    world.master(*(an_order(n, "SELL", LOT, placed_at=at, **resting) for n in names))
    first, *others = [world.ack() for _ in names]
    world.master(future("S1", "SELL", placed_at=at, price="100"))
    for _ in others:
        world.cancelled(world.cancel())
    world.fill(first)
    for name in ("S2", "S3"):
        world.master(future(name, "SELL", placed_at=at, price="100"))
        world.wait(3)
    assert world.skip_of("S3", symbol=FUTURE) is SkipReason.SAME_BURST
    assert mirrored(world) == -LOT


def test_fixed_lots_less_what_is_too_many_say_how_many_would_have_done():
    world = with_lots()
    resting = {"price": "100", "exchange": "NFO", "symbol": FUTURE, "product": Product.MIS}
    world.master(future("M1", lots=2))
    assert mirrored(world) == LOT
    world.wait(5)
    world.master(future("X1", "SELL", 1))  # half of it: less than a lot leaves nothing
    assert mirrored(world) == LOT
    world.wait(5)
    world.master(an_order("M2", "BUY", LOT, placed_at=world.now, **resting))
    assert skip_text(world, "M2") == (
        "less than one lot at this multiplier: 75 units - 37.5 too many from before = 37.5, short of a lot of 75; "
        "FIXED_LOTS 2 would copy it"
    )


# -- by what the accounts have ---------------------------------------------------------------


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
    assert "1 open order(s)" in reply.text
    assert world.place().quantity == 50


def test_open_orders_that_cannot_be_sized_at_a_start_say_why():
    world = World(a_follower(sizing=Sizing.FREE_MARGIN), copying=False)
    world.master(an_order(quantity=100, price="99"))
    reply = world.ask(c.StartCopy(copy_open_orders=True))
    assert "open order(s)" not in reply.text
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


# -- words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "₹0"),
        ("999.5", "₹1,000"),
        ("100000", "₹1,00,000"),
        ("-12345678.9", "-₹1,23,45,679"),
    ],
)
def test_rupees_are_grouped_as_indians_read_them(amount, text):
    assert in_rupees(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(Fraction(1, 2), "0.5"), (Fraction(100), "100"), (Fraction(1, 3), "0.333333")],
)
def test_fractions_are_written_short(value, text):
    assert in_decimals(value) == text


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
