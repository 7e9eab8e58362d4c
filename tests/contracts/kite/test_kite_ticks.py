"""Binary ticks, judged by Kite's own client."""

import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.brokers.kite.ticks import ListedName, parse_ticks


def named(token: int) -> ListedName | None:
    return ListedName("NSE", f"T{token}")


def frame(*packets: bytes) -> bytes:
    parts = [struct.pack(">H", len(packets))]
    for packet in packets:
        parts += [struct.pack(">H", len(packet)), packet]
    return b"".join(parts)


def a_packet(token: int, last: int, size: int, *, bid=(5, 101), ask=(6, 103)) -> bytes:
    packet = bytearray(size)
    struct.pack_into(">II", packet, 0, token, last)
    if size == 184:
        struct.pack_into(">IIH", packet, 64, *bid, 1)
        struct.pack_into(">IIH", packet, 124, *ask, 1)
    return bytes(packet)


@pytest.mark.parametrize("size", [8, 28, 32, 44, 184])
def test_every_mode_gives_the_last_price(size):
    quotes = parse_ticks(frame(a_packet(408065, 150005, size)), named).rows
    assert [quote.last_price for quote in quotes] == [Decimal("1500.05")]


@pytest.mark.parametrize(
    ("segment", "price"),
    [
        (1, "1234567.89"),
        (3, "12.3456789"),
        (6, "12345.6789"),
        (12, "12345.6789"),
        (7, "1234567.89"),
    ],
)
def test_prices_are_divided_by_segment(segment, price):
    (quote,) = parse_ticks(frame(a_packet(256 + segment, 123456789, 8)), named).rows
    assert quote.last_price == Decimal(price)


def test_a_full_packet_has_the_best_prices_and_an_empty_side_has_none():
    (quote,) = parse_ticks(frame(a_packet(257, 102, 184)), named).rows
    assert (quote.bid, quote.ask) == (Decimal("1.01"), Decimal("1.03"))
    (quote,) = parse_ticks(frame(a_packet(257, 102, 184, bid=(0, 0), ask=(0, 103))), named).rows
    assert (quote.bid, quote.ask) == (None, None)


def test_a_full_packet_has_five_levels_a_side_and_the_empty_ones_are_left_out():
    packet = bytearray(a_packet(257, 102, 184, bid=(50, 101), ask=(60, 103)))
    for level, (quantity, price) in enumerate([(500, 100), (0, 0), (900, 98), (1000, 97)], 1):
        struct.pack_into(">IIH", packet, 64 + 12 * level, quantity, price, 3)
        struct.pack_into(">IIH", packet, 124 + 12 * level, quantity, price + 10, 3)
    (quote,) = parse_ticks(frame(bytes(packet)), named).rows
    assert quote.has_depth
    bids = [(str(each.price), each.quantity) for each in quote.bids]
    assert bids == [("1.01", 50), ("1.00", 500), ("0.98", 900), ("0.97", 1000)]
    asks = [(str(each.price), each.quantity) for each in quote.asks]
    assert asks == [("1.03", 60), ("1.10", 500), ("1.08", 900), ("1.07", 1000)]
    (short,) = parse_ticks(frame(a_packet(257, 102, 44)), named).rows
    assert not short.has_depth


def test_unlisted_tokens_are_left_out_and_heartbeats_are_nothing():
    assert parse_ticks(frame(a_packet(257, 1, 8)), lambda token: None).rows == ()
    assert parse_ticks(b"\x00", named).rows == parse_ticks(b"", named).rows == ()


def test_a_bad_packet_costs_only_itself():
    bad = frame(a_packet(257, 100, 8), b"\x00" * 9, a_packet(513, 200, 8))
    decoded = parse_ticks(bad, named)
    assert [quote.symbol for quote in decoded.rows] == ["T257", "T513"]
    assert len(decoded.faults) == 1
    assert len(parse_ticks(bad[:-3], named).faults) == 2


@given(st.binary(max_size=400))
def test_no_bytes_raise(data):
    parse_ticks(data, named)


@given(
    st.lists(
        st.tuples(
            st.integers(256, 2**31),
            st.integers(0, 2**31 - 1),
            st.sampled_from([8, 28, 32, 44, 184]),
        ),
        max_size=4,
    )
)
def test_kites_own_client_reads_the_same_prices(packets):
    from kiteconnect import KiteTicker

    data = frame(*(a_packet(token, last, size) for token, last, size in packets))
    theirs = KiteTicker("key", "token")._parse_binary(data)
    ours = parse_ticks(data, named).rows
    assert [(tick["instrument_token"], tick["last_price"]) for tick in theirs] == [
        (quote.instrument_token, pytest.approx(float(quote.last_price))) for quote in ours
    ]
