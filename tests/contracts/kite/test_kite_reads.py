"""Reads over a real socket: values, faults that are told, and errors that say what to do."""

import gzip
import json
from decimal import Decimal

import pytest

from engine.brokers.kite.instruments import KiteInstruments, parse_dump
from engine.brokers.kite.reads import KiteReader
from engine.core.values.instruments import InstrumentKind
from engine.errors import BrokerUnavailable, PermissionDenied, RateLimited, SessionExpired
from tests.contracts.kite.kite_servers import (
    ROW,
    TOKEN,
    FrozenClock,
    a_wire,
    answering,
    http,
    serving,
    some_credentials,
)


async def read(answer: bytes, method: str, *args: object, faults: list[str] | None = None):
    seen: list[bytes] = []
    async with serving(answering(answer, seen=seen)) as server:
        wire = a_wire(server.port)
        told = faults if faults is not None else []
        reader = KiteReader(wire, some_credentials(), clock=FrozenClock(), on_fault=told.append)
        try:
            return await getattr(reader, method)(*args)
        finally:
            await wire.close()


def success(data: object) -> bytes:
    return http(200, {"status": "success", "data": data})


async def test_an_unreadable_row_is_told_and_the_readable_ones_returned():
    faults: list[str] = []
    rows = await read(success([ROW, {"order_id": "1"}]), "orders", faults=faults)
    assert [row.order_id for row in rows] == [ROW["order_id"]]
    assert faults == ["/orders: order row 1: no status"]


@pytest.mark.parametrize("method", ["orders", "fills", "positions", "holdings", "funds", "profile"])
@pytest.mark.parametrize(
    "answer",
    [
        http(502, b"<html>", content_type="text/html"),
        http(200, b"<html>", content_type="text/html"),
        http(200, b""),
        http(200, {"status": "success", "data": None}),
        http(302, b"", head="Location: /elsewhere\r\n"),
        http(200, b"not gzip", head="Content-Encoding: gzip\r\n"),
    ],
    ids=["502", "html", "empty", "null", "redirect", "bad gzip"],
)
async def test_what_cannot_be_read_is_unavailable_never_empty(method, answer):
    with pytest.raises(BrokerUnavailable):
        await read(answer, method)


@pytest.mark.parametrize(
    ("status", "error_type", "error"),
    [
        (403, "TokenException", SessionExpired),
        (403, "PermissionException", PermissionDenied),
        (429, "NetworkException", RateLimited),
    ],
)
async def test_a_failed_read_names_the_mend_and_no_token(status, error_type, error):
    body = {"status": "error", "message": f"no: access_token={TOKEN}", "error_type": error_type}
    with pytest.raises(error) as caught:
        await read(http(status, body), "orders")
    assert TOKEN not in str(caught.value)


async def test_nobody_listening_is_unavailable():
    async with serving(answering(b"")) as server:
        port = server.port
    wire = a_wire(port)
    with pytest.raises(BrokerUnavailable):
        await wire.get("/orders")
    await wire.close()


async def test_quotes_are_asked_in_portions_with_a_pause():
    seen: list[bytes] = []
    body = success({"NSE:M&M": {"instrument_token": 1, "last_price": 5}})
    clock = FrozenClock()
    async with serving(answering(body, seen=seen)) as server:
        wire = a_wire(server.port)
        reader = KiteReader(wire, some_credentials(), clock=clock, on_fault=pytest.fail)
        assert await reader.quotes([]) == ()
        await reader.quotes(["NSE:M&M", "NSE:NIFTY 50"])
        assert seen[0].startswith(b"GET /quote?i=NSE:M%26M&i=NSE:NIFTY%2050 HTTP/1.1\r\n")
        await reader.quotes([f"NSE:S{number}" for number in range(501)])
        await wire.close()
    assert len(seen) == 3
    assert clock.slept == [1.0]


DUMP = b"""instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,segment,exchange
408065,1594,INFY,INFOSYS,0,,0,0.1,1,EQ,NSE,NSE
256265,1001,NIFTY 50,NIFTY 50,0,,0,0,0,EQ,INDICES,NSE
11536386,45064,NIFTY26NOVFUT,NIFTY,0,2026-11-24,0,0.1,65,FUT,NFO-FUT,NFO
11536642,45065,NIFTY26NOV25000CE,"NIFTY",0,2026-11-24,25000,0.05,65,CE,NFO-OPT,NFO
11536898,45066,RELIANCE26NOVFUT,RELIANCE,0,2026-11-24,0,0.1,500,FUT,NFO-FUT,NFO
1,1,BADLOT,BAD,0,,0,0.05,zero,EQ,NSE,NSE
1,1,NOTICK,BAD,0,,0,0,1,EQ,NSE,NSE
short,row
"""


def test_a_dump_gives_lots_ticks_and_freeze_quantities():
    parsed = parse_dump(DUMP)
    assert len(parsed.book) == 4
    assert parsed.malformed == 3
    option = parsed.book.find("NFO", "NIFTY26NOV25000CE")
    assert option is not None
    assert option.kind is InstrumentKind.CALL
    assert (option.lot_size, option.tick_size, option.strike) == (65, Decimal("0.05"), 25000)
    assert option.freeze_quantity == 1800
    stock = parsed.book.find("NFO", "RELIANCE26NOVFUT")
    assert stock is not None
    assert stock.freeze_quantity is None
    assert parsed.book.by_token(408065) == parsed.book.find("NSE", "INFY")


@pytest.mark.parametrize("lot", [b"1", b"100"])
def test_mcx_quantities_are_in_lots_whatever_the_dump_calls_a_lot(lot):
    row = b"1,2,CRUDEOIL26DECFUT,CRUDEOIL,0,2026-12-18,0,1," + lot + b",FUT,MCX-FUT,MCX\n"
    crude = parse_dump(DUMP + row).book.find("MCX", "CRUDEOIL26DECFUT")
    assert crude is not None
    assert crude.lot_size == 1


def test_the_hash_follows_the_content():
    same, other = parse_dump(DUMP), parse_dump(DUMP.replace(b",65,", b",75,"))
    assert same.book.content_hash == parse_dump(DUMP).book.content_hash != other.book.content_hash


@pytest.mark.parametrize("body", [b"", b"a,b\n1,2\n", DUMP[:140], b"\xff\x00\xfe", b"<html>"])
def test_what_is_no_dump_is_unavailable(body):
    with pytest.raises(BrokerUnavailable):
        parse_dump(body)


async def test_the_dump_comes_compressed_and_its_bad_rows_are_told():
    faults: list[str] = []
    seen: list[bytes] = []
    answer = http(
        200, gzip.compress(DUMP), content_type="text/csv", head="Content-Encoding: gzip\r\n"
    )
    async with serving(answering(answer, seen=seen)) as server:
        wire = a_wire(server.port)
        book = await KiteInstruments(wire, on_fault=faults.append).load()
        await wire.close()
    assert len(book) == 4
    assert faults == ["/instruments: 3 rows could not be read"]
    assert b"Accept-Encoding: gzip\r\n" in seen[0]


async def test_a_dump_that_is_refused_says_why():
    body = json.dumps({"status": "error", "message": "x", "error_type": "TokenException"}).encode()
    async with serving(answering(http(403, body))) as server:
        wire = a_wire(server.port)
        with pytest.raises(SessionExpired):
            await KiteInstruments(wire, on_fault=pytest.fail).load()
        await wire.close()
