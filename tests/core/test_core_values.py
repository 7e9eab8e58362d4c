"""The arithmetic under every decision: merging, intents, tags, rounding, splitting, the budget."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.budget import DAY, MINUTE, SECOND, RateBudget
from engine.core.state.ledger import split_fill
from engine.core.values.instruments import Instrument, InstrumentKind, round_to_lots, round_to_tick
from engine.core.values.intents import TRANSITIONS, IntentState, Trigger, move
from engine.core.values.keys import ChildId, Leg, is_ours, make_tag
from engine.core.values.market import AccountName, OrderId, OrderStatus, OrderType, Side, Venue
from engine.core.values.merge import UNPROVEN, merge, sight
from engine.core.values.sizing import band_price, entry_units
from engine.core.values.translate import takes_market, takes_stop_market
from engine.errors import InvalidTransition
from engine.moment import Moment
from tests.core.core_world import MORNING, a_follower, an_order

statuses = st.sampled_from([each for each in OrderStatus if each is not OrderStatus.UNRECOGNISED])
moments = st.integers(0, 30).map(lambda seconds: MORNING + timedelta(seconds=seconds))
prices = st.integers(1, 400_000).map(lambda ticks: Decimal(ticks) / 20)


@st.composite
def sightings(draw):
    filled = draw(st.integers(0, 10))
    row = an_order(
        quantity=draw(st.integers(1, 20)),
        price=draw(st.sampled_from(["99", "100", "101"])),
        status=draw(statuses).value,
        filled_quantity=filled,
        tag=draw(st.sampled_from([None, "KCK7ABC"])),
        placed_at=draw(st.none() | moments),
        updated_at=draw(st.none() | moments),
    )
    return sight(row, draw(st.sampled_from([UNPROVEN, 0, 1, 2])))


@given(sightings(), sightings())
def test_merge_is_commutative(one, other):
    assert merge(one, other) == merge(other, one)


@given(sightings(), sightings(), sightings())
def test_merge_is_associative(one, other, third):
    assert merge(merge(one, other), third) == merge(one, merge(other, third))


@given(sightings(), sightings())
def test_merge_is_idempotent(one, other):
    both = merge(one, other)
    assert merge(one, one) == one
    assert merge(both, one) == both
    assert merge(both, both) == both


@given(sightings(), sightings())
def test_terminal_never_reopens_and_filled_never_falls(one, other):
    both = merge(one, other)
    assert both.row.status.is_terminal == (
        one.row.status.is_terminal or other.row.status.is_terminal
    )
    assert both.row.filled_quantity == max(one.row.filled_quantity, other.row.filled_quantity)


@given(sightings(), st.permutations(range(4)), st.data())
def test_any_order_of_arrival_ends_in_the_same_place(first, order, data):
    seen = [first, *(data.draw(sightings()) for _ in range(3))]
    straight, shuffled = seen[0], seen[order[0]]
    for each in seen[1:]:
        straight = merge(straight, each)
    for number in (*order[1:], *order):
        shuffled = merge(shuffled, seen[number])
    assert straight == shuffled


def test_orders_of_two_ids_are_never_merged():
    one = sight(an_order("M1"), 0)
    with pytest.raises(ValueError, match="one order"):
        merge(one, sight(an_order("M2"), 0))


@pytest.mark.parametrize("state", IntentState)
@pytest.mark.parametrize("trigger", Trigger)
def test_an_intent_moves_by_its_table_and_by_nothing_else(state, trigger):
    after = TRANSITIONS.get((state, trigger))
    if after is None:
        with pytest.raises(InvalidTransition):
            move(state, trigger)
    else:
        assert move(state, trigger) is after


def test_nothing_leads_back_to_sending():
    """An UNKNOWN order is never sent again: no way leads from it to SENDING or PLANNED."""
    reach = {IntentState.UNKNOWN}
    while True:
        further = {after for (before, _), after in TRANSITIONS.items() if before in reach}
        if further <= reach:
            break
        reach |= further
    assert not reach & {IntentState.SENDING, IntentState.PLANNED}


children = st.builds(
    ChildId,
    trading_day=st.dates(),
    venue=st.sampled_from(Venue),
    follower=st.sampled_from(["father", "mother"]).map(AccountName),
    master_order_id=st.integers(1, 10**18).map(str).map(OrderId),
    leg=st.sampled_from(Leg),
    generation=st.integers(0, 30),
    attempt=st.integers(0, 3),
)


@given(children, children)
def test_a_tag_is_twenty_alphanumerics_and_one_childs_alone(one, other):
    tag = make_tag("K7", one)
    assert len(tag) <= 20
    assert tag.isalnum()
    assert tag.startswith("KC")
    assert tag == make_tag("K7", replace(one))
    assert (tag == make_tag("K7", other)) == (one == other)
    assert is_ours(tag, "K7")
    assert not is_ours(tag, "K8")


@given(st.integers(-10_000, 10_000), st.integers(1, 2_000))
def test_lots_are_rounded_toward_zero(units, lot):
    rounded = round_to_lots(units, lot)
    assert rounded % lot == 0
    assert abs(rounded) <= abs(units) < abs(rounded) + lot
    assert rounded * units >= 0


@given(prices, st.sampled_from(["0.05", "0.01", "1", "0.0025"]).map(Decimal), st.sampled_from(Side))
def test_ticks_are_rounded_to_the_side_that_fills_less_readily(price, tick, side):
    rounded = round_to_tick(price, tick, toward=side)
    assert rounded % tick == 0
    assert rounded >= tick
    if rounded > tick:
        assert (price - rounded) * side.sign >= 0
        assert abs(price - rounded) < tick


@given(
    prices.filter(lambda price: price >= 1),
    st.sampled_from(Side),
    st.integers(0, 500),
    st.integers(1, 3),
    st.sampled_from([InstrumentKind.EQUITY, InstrumentKind.CALL]),
)
def test_a_band_is_at_least_five_ticks_and_on_the_grid(reference, side, bps, bands, kind):
    tick = Decimal("0.05")
    item = Instrument(exchange="NFO", symbol="X", token=1, kind=kind, tick_size=tick)
    rules = a_follower(max_slippage_bps=bps, option_slippage_bps=bps)
    price = band_price(reference, side=side, instrument=item, rules=rules, bands=bands)
    assert price % tick == 0
    assert price >= tick
    away = (price - reference) * side.sign
    widest = max(reference * bps / 10_000, 5 * tick) * bands
    assert away <= widest
    if price > tick:
        assert away > widest - tick


@given(st.integers(-500, 500), st.integers(-500, 500).filter(bool))
def test_a_fill_splits_into_what_closes_and_what_opens(net, delta):
    closing, opening = split_fill(net, delta)
    assert closing + opening == delta
    assert closing * delta >= 0
    assert opening * delta >= 0
    assert abs(closing) <= abs(net)
    if closing:
        assert closing * net < 0
    if opening:
        assert (net + closing) * opening >= 0


@given(
    quantity=st.integers(0, 5_000),
    ratio=st.fractions(0, 5),
    carry=st.fractions(-100, 100),
    side=st.sampled_from(Side),
    lot=st.sampled_from([1, 20, 65, 75]),
)
def test_an_entry_is_never_larger_than_its_ratio_and_its_carry(quantity, ratio, carry, side, lot):
    units = entry_units(quantity=quantity, ratio=ratio, carry=carry, side=side, lot_size=lot)
    assert units >= 0
    assert units % lot == 0
    assert units <= max(Fraction(0), ratio * quantity + side.sign * carry)


@given(st.lists(st.tuples(st.floats(0, 0.4), st.booleans()), max_size=120), st.floats(0, 1))
def test_the_budget_keeps_every_second_sliding_and_calendar(steps, start):
    budget = RateBudget()
    at, sent = start, []
    for pause, entry in steps:
        at += pause
        now = MORNING + timedelta(seconds=at)
        allowance = budget.allowance(Moment.of(now), at)
        assert 0 <= allowance.entries <= allowance.total
        if (allowance.entries if entry else allowance.total) > 0:
            budget.spend(Moment.of(now), at)
            sent.append((at, entry))
    for moment, _ in sent:
        sliding = [each for each in sent if moment - 1 < each[0] <= moment]
        calendar = [each for each in sent if int(each[0]) == int(moment)]
        for window in (sliding, calendar):
            assert len(window) <= SECOND.total == 8
            assert sum(entry for _, entry in window) <= SECOND.entries == 6


def test_the_budget_keeps_room_for_exits_in_the_minute_and_the_day():
    budget = RateBudget()
    for number in range(MINUTE.entries):
        at = number / 7
        budget.spend(Moment.of(MORNING + timedelta(seconds=at)), at)
    allowance = budget.allowance(Moment.of(MORNING + timedelta(seconds=55)), 55)
    assert allowance.entries == 0
    assert allowance.total > 0
    for number in range(DAY.entries):
        at = 100 + number / 2
        budget.spend(Moment.of(MORNING + timedelta(seconds=at)), at)
    later = MORNING + timedelta(hours=3)
    allowance = budget.allowance(Moment.of(later), 10_800)
    assert allowance.entries == 0
    assert allowance.total > 0
    tomorrow = MORNING + timedelta(days=1)
    assert budget.allowance(Moment.of(tomorrow), 90_000).entries == SECOND.entries


def test_a_market_order_is_known_by_its_type_or_its_tag():
    assert an_order().is_market
    assert an_order(price="99", tags=("mktp:1",)).is_market
    assert not an_order(price="99", tags=("mktpx",)).is_market
    assert an_order(price="99").order_type is OrderType.LIMIT


@pytest.mark.parametrize(
    ("exchange", "kind", "name", "market", "stop_market"),
    [
        ("NSE", InstrumentKind.EQUITY, "", True, True),
        ("BSE", InstrumentKind.EQUITY, "", True, False),
        ("NFO", InstrumentKind.FUTURE, "RELIANCE", True, True),
        ("BFO", InstrumentKind.FUTURE, "SENSEX", True, False),
        ("MCX", InstrumentKind.FUTURE, "CRUDEOIL", True, True),
        ("NFO", InstrumentKind.CALL, "RELIANCE", False, False),
        ("MCX", InstrumentKind.PUT, "CRUDEOIL", False, False),
        ("CDS", InstrumentKind.CALL, "USDINR", True, False),
        *(
            ("NFO", InstrumentKind.PUT, name, True, False)
            for name in ("NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "NIFTYNXT50")
        ),
        *(
            ("BFO", InstrumentKind.CALL, name, True, False)
            for name in ("SENSEX", "SENSEX50", "BANKEX")
        ),
    ],
)
def test_where_market_and_stop_market_orders_are_taken(exchange, kind, name, market, stop_market):
    item = Instrument(exchange=exchange, symbol="X", token=1, kind=kind, name=name)
    assert (takes_market(item), takes_stop_market(item)) == (market, stop_market)
