"""What Kite says of orders and trades, read whole: odd rows are counted, good ones survive, nothing raises."""

import contextlib
import json
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.brokers.kite.codec import (
    OrderBookDecoder,
    UnreadableError,
    decode_fills,
    decode_funds,
    decode_holdings,
    decode_order_frame,
    decode_orders,
    decode_positions,
    decode_profile,
    decode_quotes,
)
from engine.brokers.kite.scalars import read_instant
from engine.core.values.market import (
    IST,
    OrderId,
    OrderStatus,
    OrderType,
    Product,
    Side,
    Validity,
    Variety,
)
from engine.core.values.orders import OrderRow
from tests.contracts.kite.kite_servers import ROW, envelope

TODAY = date(2026, 11, 23)


def one_order(**changes: object) -> OrderRow:
    row = {key: value for key, value in (ROW | changes).items() if value is not ...}
    decoded = decode_orders(envelope([row]))
    assert decoded.faults == ()
    return decoded.rows[0]


def test_a_full_row_becomes_a_value():
    order = one_order()
    assert order == OrderRow(
        order_id=OrderId("1953341975595868160"),
        exchange_order_id="1100000000012345",
        status=OrderStatus.OPEN,
        status_text="OPEN",
        exchange="NFO",
        symbol="NIFTY26NOVFUT",
        instrument_token=11536386,
        side=Side.BUY,
        order_type=OrderType.LIMIT,
        product=Product.NRML,
        quantity=130,
        price=Decimal("25000.05"),
        average_price=Decimal("24999.9"),
        filled_quantity=65,
        market_protection=Decimal(0),
        tag="KCaa0001",
        tags=("KCaa0001", "mktp:2.00"),
        placed_by="AB1234",
        placed_at=datetime(2026, 11, 23, 10, 0, 1, tzinfo=IST),
        exchange_at=datetime(2026, 11, 23, 10, 0, 2, tzinfo=IST),
        updated_at=datetime(2026, 11, 23, 10, 0, 2, tzinfo=IST),
    )


@pytest.mark.parametrize(
    "key",
    [
        "placed_by", "exchange_order_id", "parent_order_id", "status_message", "order_timestamp",
        "exchange_update_timestamp", "exchange_timestamp", "variety", "instrument_token",
        "validity", "disclosed_quantity", "market_protection", "meta", "tag", "tags", "guid",
    ],
)  # fmt: skip
@pytest.mark.parametrize("odd", [..., None, {}, [], "", 10**30, True], ids=str)
def test_what_decides_nothing_may_be_missing_or_odd(key, odd):
    order = one_order(**{key: odd})
    assert order.quantity == 130


@pytest.mark.parametrize(
    ("key", "odd"),
    [
        ("order_id", ...),
        ("order_id", ""),
        ("order_id", None),
        ("status", ...),
        ("exchange", None),
        ("tradingsymbol", ...),
        ("transaction_type", "HOLD"),
        ("transaction_type", ["BUY"]),
        ("quantity", ...),
        ("quantity", 1.5),
        ("quantity", -5),
        ("quantity", "many"),
        ("filled_quantity", -1),
        ("price", "cheap"),
        ("price", {}),
        ("price", "NaN"),
        ("average_price", True),
        ("price", False),
    ],
)
def test_a_row_without_what_decides_is_a_fault_and_the_others_survive(key, odd):
    bad = {name: value for name, value in (ROW | {key: odd}).items() if value is not ...}
    decoded = decode_orders(envelope([ROW, bad, "not a row", ROW]))
    assert [row.order_id for row in decoded.rows] == [ROW["order_id"]] * 2
    assert len(decoded.faults) == 2
    assert decoded.faults[0].startswith("order row 1: ")


def test_a_book_read_again_keeps_what_is_the_same_and_sees_what_changed():
    decoder = OrderBookDecoder()
    other = ROW | {"order_id": "2"}
    first = decoder.decode(envelope([ROW, other, "bad"]))
    again = decoder.decode(envelope([ROW, other | {"filled_quantity": 130}, "bad"]))
    assert again.rows[0] is first.rows[0]
    assert [row.filled_quantity for row in again.rows] == [65, 130]
    assert first.faults == again.faults == ("order row 2: not a JSON object",)


def test_unknown_words_are_kept_apart_and_never_guessed():
    order = one_order(
        status="CANCELLED AMO", product="BO", order_type="ICE", variety="bo", validity="GTC"
    )
    assert order.status is OrderStatus.UNRECOGNISED
    assert order.status_text == "CANCELLED AMO"
    assert order.product is Product.UNRECOGNISED
    assert order.order_type is OrderType.UNRECOGNISED
    assert order.variety is Variety.UNRECOGNISED
    assert order.validity is Validity.UNRECOGNISED


def test_every_documented_status_is_known():
    for status in OrderStatus:
        assert one_order(status=status.value).status is status


def test_prices_are_exact_and_zero_means_none():
    order = one_order(price=0.1, trigger_price=0, average_price=0.0)
    assert order.price == Decimal("0.1")
    assert order.trigger_price is None
    assert order.average_price is None


def test_a_numeric_order_id_keeps_every_digit():
    assert one_order(order_id=1953341975595868161).order_id == "1953341975595868161"


def test_whole_floats_are_quantities():
    assert one_order(quantity=130.0).quantity == 130


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23 10:00:01", datetime(2026, 11, 23, 10, 0, 1, tzinfo=IST)),
        ("2026-11-23T10:00:01", datetime(2026, 11, 23, 10, 0, 1, tzinfo=IST)),
        ("2026-11-23T10:00:01+0530", datetime(2026, 11, 23, 10, 0, 1, tzinfo=IST)),
        ("2026-11-23T04:30:01Z", datetime(2026, 11, 23, 10, 0, 1, tzinfo=IST)),
        ("2026-11-23 10:00:01.250", datetime(2026, 11, 23, 10, 0, 1, 250_000, tzinfo=IST)),
        ("10:00:01", datetime(2026, 11, 23, 10, 0, 1, tzinfo=IST)),
        ("0001-01-01 00:00:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("25:00:00", None),
        ("", None),
        (None, None),
        (1700000000, None),
    ],
)
def test_every_form_of_instant_is_read_as_ist(text, expected):
    assert read_instant(text, day=TODAY) == expected


def test_fills_come_oldest_first_with_the_date_of_today_where_they_have_none():
    fill = {
        "trade_id": "10000000",
        "order_id": "200000000000000",
        "exchange": "NSE",
        "tradingsymbol": "SBIN",
        "instrument_token": 779521,
        "product": "CNC",
        "average_price": 420.65,
        "quantity": 1,
        "exchange_order_id": "300000000000000",
        "transaction_type": "BUY",
        "fill_timestamp": "2026-11-23 09:16:39",
        "order_timestamp": "09:16:39",
        "exchange_timestamp": "2026-11-23 09:16:39",
    }
    earlier = fill | {
        "trade_id": "10000001",
        "order_timestamp": "09:15:00",
        "fill_timestamp": None,
        "exchange_timestamp": None,
    }
    bad = [fill | {"quantity": 0}, fill | {"average_price": 0}, earlier | {"order_timestamp": None}]
    decoded = decode_fills(envelope([fill, earlier, *bad]), today=TODAY)
    assert [row.fill_id for row in decoded.rows] == ["10000001", "10000000"]
    assert decoded.rows[0].filled_at == datetime(2026, 11, 23, 9, 15, tzinfo=IST)
    assert decoded.rows[1].price == Decimal("420.65")
    assert len(decoded.faults) == 3


def test_a_postback_frame_is_an_order():
    frame = {"type": "order", "data": ROW | {"user_id": "AB1234", "app_id": 1, "checksum": "x",
                                             "status": "UPDATE", "unfilled_quantity": 65}}  # fmt: skip
    order = decode_order_frame(json.dumps(frame))
    assert isinstance(order, OrderRow)
    assert order.user_id == "AB1234"
    assert order.status is OrderStatus.UPDATE


def test_other_frames_are_told_apart():
    assert decode_order_frame('{"type":"error","data":"too many tokens"}') == "too many tokens"
    assert decode_order_frame('{"type":"message","data":"hello"}') is None
    assert decode_order_frame('{"type":"instruments_meta","data":{}}') is None
    for bad in ('{"type":"order","data":"x"}', '{"type":"order"}', "[]", "", "hello"):
        with pytest.raises(UnreadableError):
            decode_order_frame(bad)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'{"status":"success"}', b'{"status":"success","data":null}',
     b'{"status":"error","data":[]}', b"<html>", b'{"status":"success","data":[', b"[" * 200_000],
    ids=range(9),
)  # fmt: skip
def test_a_bad_envelope_is_not_an_empty_book(body):
    for decode in (decode_orders, decode_holdings, decode_positions, decode_funds, decode_profile):
        with pytest.raises(UnreadableError):
            decode(body)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["BUY", "OPEN", "NaN", "1e99999", "2026-11-23 10:00:00", "10:00"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
DECODERS = (
    decode_orders,
    lambda body: decode_fills(body, today=TODAY),
    decode_positions,
    decode_holdings,
    decode_funds,
    decode_profile,
    decode_quotes,
    decode_order_frame,
)


@given(st.sampled_from(DECODERS), st.binary(max_size=300))
def test_no_bytes_raise_anything_but_unreadable(decode, body):
    with contextlib.suppress(UnreadableError):
        decode(body)


@given(st.sampled_from(DECODERS), JSON_VALUES)
def test_no_json_raises_anything_but_unreadable(decode, value):
    for body in (envelope(value), envelope([value]), envelope({"net": [value]}),
                 envelope({"NSE:X": value}), json.dumps({"type": "order", "data": value}).encode()):  # fmt: skip
        with contextlib.suppress(UnreadableError):
            decode(body)


@given(st.sampled_from(sorted(ROW)), JSON_VALUES)
def test_no_single_odd_field_costs_the_other_row(key, value):
    decoded = decode_orders(envelope([ROW | {key: value}, ROW]))
    assert len(decoded.rows) + len(decoded.faults) == 2
    assert decoded.rows[-1] == one_order()
