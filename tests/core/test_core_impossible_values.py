"""What can never exist: rows, rules, tags and moves that are refused where they would be made."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from engine.core.values.commands import (
    Acked,
    Outcome,
    RefusalKind,
    Refused,
    Unknown,
    Withheld,
    WithheldReason,
)
from engine.core.values.instruments import Instrument, InstrumentKind, within_range
from engine.core.values.intents import IntentState, Trigger, move, trigger_of
from engine.core.values.keys import ChildId, Leg, make_tag
from engine.core.values.lessons import Lesson, learn
from engine.core.values.market import OrderId, OrderType, Venue
from engine.core.values.secrets import Secret
from engine.core.values.terms import Terms, row_shows
from engine.core.values.translate import takes_stop_market
from engine.errors import InvalidTransition
from tests.core.core_world import FATHER, MORNING, a_follower, an_order

SBIN = Instrument(exchange="NSE", symbol="SBIN", token=1, kind=InstrumentKind.EQUITY)


@pytest.mark.parametrize("changed", [{"lot_size": 0}, {"tick_size": Decimal(0)}])
def test_an_instrument_that_nothing_can_be_rounded_to_is_refused_with_its_name(changed):
    with pytest.raises(ValueError, match="NSE:SBIN has no usable lot or tick"):
        replace(SBIN, **changed)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"order_id": OrderId("")}, "needs an order id and a symbol"),
        ({"symbol": ""}, "needs an order id and a symbol"),
        ({"quantity": -1}, "quantities are not negative"),
        ({"filled_quantity": -1}, "quantities are not negative"),
    ],
)
def test_a_row_that_no_order_can_be_is_refused(changed, said):
    with pytest.raises(ValueError, match=said):
        replace(an_order(), **changed)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "master"}, "may not be named master"),
        ({"multiplier": 0}, "multiplier must be above 0"),
        ({"fixed_lots": 0}, "fixed lots must be above 0"),
        ({"market_protection": Decimal(0)}, "market protection is -1, or above 0 up to 100"),
        ({"market_protection": Decimal("100.1")}, "market protection is -1, or above 0 up to 100"),
    ],
)
def test_rules_that_cannot_be_followed_are_refused(changed, said):
    with pytest.raises(ValueError, match=said):
        a_follower(**changed)


@pytest.mark.parametrize("protection", [Decimal(-1), Decimal("0.1"), Decimal(100)])
def test_every_market_protection_that_kite_takes_is_taken(protection):
    assert a_follower(market_protection=protection).market_protection == protection


@pytest.mark.parametrize("install_id", ["", "K", "K77", "K-"])
def test_a_tag_is_made_of_two_letters_of_an_installation_and_of_nothing_else(install_id):
    child = ChildId(
        trading_day=MORNING.date(), venue=Venue.LIVE, follower=FATHER,
        master_order_id=OrderId("M1"), leg=Leg.ENTRY, generation=0,
    )  # fmt: skip
    assert make_tag("K7", child).startswith("KCK7")
    with pytest.raises(ValueError, match="two alphanumeric characters"):
        make_tag(install_id, child)


def test_an_order_that_was_given_up_is_never_sent_again():
    with pytest.raises(
        InvalidTransition, match="an intent cannot go on from UNKNOWN by: journalled"
    ):
        move(IntentState.UNKNOWN, Trigger.SEND)


@pytest.mark.parametrize(
    ("outcome", "trigger"),
    [
        (Acked(order_id=OrderId("B1")), Trigger.ACK),
        (Refused(kind=RefusalKind.MARGIN, message="no funds"), Trigger.REFUSE),
        (Unknown(detail="no answer"), Trigger.LOSE),
        (Withheld(reason=WithheldReason.EXPIRED), Trigger.EXPIRE),
        (Withheld(reason=WithheldReason.PAUSED), Trigger.KILL),
    ],
)
def test_only_what_the_lane_attests_has_not_left(outcome: Outcome, trigger: Trigger):
    assert trigger_of(outcome) is trigger


# -- prices ----------------------------------------------------------------------------------

BOUNDED = replace(SBIN, lowest=Decimal("90.03"), highest=Decimal("110.03"))


@pytest.mark.parametrize(
    ("price", "taken"),
    [("90.03", "90.03"), ("90", "90.05"), ("110.03", "110.03"), ("111", "110.00"), ("100", "100")],
)
def test_a_price_outside_of_what_the_broker_takes_is_moved_onto_its_grid_inside(price, taken):
    assert within_range(Decimal(price), BOUNDED) == Decimal(taken)
    assert within_range(Decimal(price), SBIN) == Decimal(price)


def refusal(kind: RefusalKind, **changed: Any) -> Refused:
    return Refused(kind=kind, message="no", **changed)


@pytest.mark.parametrize(
    ("refused", "price"),
    [
        (refusal(RefusalKind.PRICE, lowest=Decimal(90), highest=Decimal(110)), None),
        (refusal(RefusalKind.MARGIN), Decimal(80)),
        (refusal(RefusalKind.PRICE, lowest=Decimal(90), highest=Decimal(110)), Decimal(90)),
        (refusal(RefusalKind.PRICE), Decimal(80)),
    ],
)
def test_a_refusal_that_is_not_about_what_was_sent_teaches_nothing(refused, price):
    """Else the order would be made anew as it was, and be refused again and again."""
    kind = OrderType.LIMIT if price else OrderType.MARKET
    sent = Terms(order_type=kind, quantity=10, price=price)
    assert learn(None, refused, sent, decided_at=MORNING, at=MORNING) is None


@pytest.mark.parametrize("price", [Decimal("89.95"), Decimal("110.05")])
def test_a_price_beyond_the_range_that_is_named_teaches_the_range(price):
    refused = refusal(RefusalKind.PRICE, lowest=Decimal(90), highest=Decimal(110))
    sent = Terms(order_type=OrderType.LIMIT, quantity=10, price=price)
    learned = learn(None, refused, sent, decided_at=MORNING, at=MORNING)
    assert learned is not None
    assert (learned.lowest, learned.highest) == (90, 110)


def test_a_market_order_refused_as_one_is_learned_once():
    refused = refusal(RefusalKind.NO_MARKET)
    market = Terms(order_type=OrderType.MARKET, quantity=10)
    known = Lesson(no_market_since=MORNING)
    assert learn(None, refused, market, decided_at=MORNING, at=MORNING) == known
    assert learn(known, refused, market, decided_at=MORNING, at=MORNING) is None
    limit = Terms(order_type=OrderType.LIMIT, quantity=10, price=Decimal(1))
    assert learn(None, refused, limit, decided_at=MORNING, at=MORNING) is None


# -- terms -----------------------------------------------------------------------------------

LIMIT = Terms(order_type=OrderType.LIMIT, quantity=10, price=Decimal(99))
STOP = Terms(order_type=OrderType.SL, quantity=10, price=Decimal(99), trigger_price=Decimal(98))


@pytest.mark.parametrize(
    ("terms", "row", "shown"),
    [
        (LIMIT, {"price": 99}, True),
        (LIMIT, {"price": 98}, False),
        (LIMIT, {"price": 99, "quantity": 9}, False),
        # The broker shows a MARKET order as a LIMIT at a price of its own.
        (replace(LIMIT, order_type=OrderType.MARKET), {"price": 101}, True),
        (replace(LIMIT, order_type=OrderType.SL_M), {"price": 101}, True),
        # A stop that has triggered is changed as a limit; its row may go on to tell the trigger.
        (LIMIT, {"price": 99, "trigger_price": Decimal(98)}, True),
        (LIMIT, {"price": 99, "trigger_price": Decimal(98), "status": "TRIGGER PENDING"}, False),
        (STOP, {"price": 99, "trigger_price": Decimal(98), "status": "TRIGGER PENDING"}, True),
        (STOP, {"price": 99, "trigger_price": Decimal(97), "status": "TRIGGER PENDING"}, False),
    ],
)
def test_a_row_shows_terms_where_nothing_of_them_differs_that_it_tells(terms, row, shown):
    assert row_shows(an_order(**row), terms) is shown


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"quantity": 5}, True),
        ({"price": Decimal(98)}, False),
        ({"trigger_price": Decimal(97)}, False),
        ({"order_type": OrderType.SL_M}, False),
    ],
)
def test_terms_of_the_same_price_differ_in_quantity_alone(changed, same):
    assert STOP.same_price(replace(STOP, **changed)) is same


@pytest.mark.parametrize(
    ("exchange", "kind", "taken"),
    [
        ("NSE", InstrumentKind.EQUITY, True),
        ("BSE", InstrumentKind.EQUITY, False),
        ("NFO", InstrumentKind.FUTURE, True),
        ("NFO", InstrumentKind.CALL, False),
        ("BFO", InstrumentKind.FUTURE, False),
    ],
)
def test_a_stop_at_the_market_is_sent_only_where_the_exchange_takes_one(exchange, kind, taken):
    assert takes_stop_market(replace(SBIN, exchange=exchange, kind=kind)) is taken


# -- secrets ---------------------------------------------------------------------------------


def test_a_secret_shows_itself_only_where_it_is_asked_to():
    secret = Secret("enctoken-1")
    assert secret.reveal() == "enctoken-1"
    for shown in (str(secret), repr(secret), f"{secret}", f"{secret!r}", f"{[secret]}"):
        assert "enctoken" not in shown
    assert str(secret) == "***"
    assert not Secret("")
    assert secret
    assert secret == Secret("enctoken-1")
    assert len({secret, Secret("enctoken-1"), Secret("other")}) == 2
    assert secret != "enctoken-1"
