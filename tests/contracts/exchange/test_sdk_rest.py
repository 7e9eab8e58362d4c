"""The unmodified KiteConnect of the official SDK works against the exchange."""

import asyncio
from datetime import date, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import requests


async def test_login_leads_from_the_page_to_a_session_and_out_again(server, exchange, sdk_of):
    sdk = sdk_of("FA0001", logged_in=False)
    account = exchange.accounts.by_user("FA0001")
    # The SDK's login URL has the real host; only its query matters here.
    query = urlsplit(sdk.kite.login_url()).query + "&redirect_params=acct%3Dfather%26state%3D%2526"

    def browse():
        page = requests.get(f"{server.login_url}?{query}", timeout=5)
        form = {"api_key": account.api_key, "redirect_params": "acct=father&state=%26"}
        answer = requests.post(
            f"{server.login_url}/finish", data=form, allow_redirects=False, timeout=5
        )
        return page, answer

    page, answer = await asyncio.to_thread(browse)
    assert "Father (FA0001)" in page.text
    assert 'value="acct=father&amp;state=%26"' in page.text
    assert answer.status_code == 302
    where = urlsplit(answer.headers["Location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == "http://127.0.0.1:1/callback"
    back = {name: values[0] for name, values in parse_qs(where.query).items()}
    token = back.pop("request_token")
    assert back == {
        "a": "1", "status": "success", "action": "login", "type": "login", "acct": "father",
        "state": "&",
    }  # fmt: skip

    session = await sdk("generate_session", token, api_secret=account.api_secret)
    assert session["user_id"] == "FA0001"
    assert isinstance(session["login_time"], datetime)
    profile = await sdk("profile")
    assert (profile["user_name"], profile["broker"]) == ("Father", "ZERODHA")
    assert await sdk("invalidate_access_token") is True


async def test_a_cancelled_login_brings_no_token(server, exchange):
    account = exchange.accounts.by_user("FA0001")
    form = {"api_key": account.api_key, "redirect_params": "state=7", "cancel": "1"}
    answer = await asyncio.to_thread(
        requests.post, f"{server.login_url}/finish", data=form, allow_redirects=False, timeout=5
    )
    back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert back["status"] == ["cancelled"]
    assert back["state"] == ["7"]
    assert "request_token" not in back


async def test_an_unknown_app_gets_no_login_page(server):
    url = f"{server.login_url}?api_key=nobody&v=3"
    assert (await asyncio.to_thread(requests.get, url, timeout=5)).status_code == 400


async def test_an_order_is_placed_modified_cancelled_and_read_back(sdk):
    order_id = await sdk.place(tag="KC1")
    assert await sdk("modify_order", "regular", order_id, price=1501.0, quantity=12) == order_id
    assert await sdk("cancel_order", "regular", order_id) == order_id

    (row,) = await sdk("orders")
    assert (row["order_id"], row["status"], row["tag"]) == (order_id, "CANCELLED", "KC1")
    assert (row["price"], row["quantity"], row["cancelled_quantity"]) == (1501.0, 12, 12)
    assert isinstance(row["order_timestamp"], datetime)
    history = await sdk("order_history", order_id)
    assert [step["status"] for step in history] == [
        "PUT ORDER REQ RECEIVED", "VALIDATION PENDING", "OPEN PENDING", "OPEN",
        "MODIFY VALIDATION PENDING", "MODIFY PENDING", "MODIFIED", "OPEN", "CANCEL PENDING",
        "CANCELLED",
    ]  # fmt: skip


async def test_fills_show_in_trades_positions_and_margins(sdk):
    before = await sdk("margins")
    order_id = await sdk.place(order_type="MARKET", price=None, market_protection=-1)

    (trade,) = await sdk("trades")
    assert (trade["order_id"], trade["quantity"], trade["average_price"]) == (order_id, 10, 1530.0)
    assert trade["order_timestamp"] == "10:00:00"
    assert await sdk("order_trades", order_id) == [trade]
    positions = await sdk("positions")
    assert [row["quantity"] for row in positions["net"]] == [10]
    assert positions["net"] == positions["day"]
    equity = await sdk("margins", "equity")
    assert equity["net"] == before["equity"]["net"] - 15300.0
    assert (await sdk("margins", "commodity")) == before["commodity"]


async def test_an_empty_day_reads_as_empty_lists(sdk):
    assert await sdk("orders") == []
    assert await sdk("trades") == []
    assert await sdk("holdings") == []
    assert await sdk("positions") == {"net": [], "day": []}


async def test_holdings_read_back(sdk, exchange):
    exchange.give_holding("FA0001", "INFY", 60, t1_quantity=40)
    await sdk.place(transaction_type="SELL", quantity=50, price=1530.0)
    (row,) = await sdk("holdings")
    assert (row["quantity"], row["t1_quantity"], row["used_quantity"]) == (10, 40, 50)


async def test_instruments_parse_and_name_contracts_as_kite_does(sdk):
    rows = {(row["exchange"], row["tradingsymbol"]): row for row in await sdk("instruments")}
    future = rows["NFO", "NIFTY26DECFUT"]
    assert (future["lot_size"], future["tick_size"], future["expiry"]) == (
        65, 0.05, date(2026, 12, 29),
    )  # fmt: skip
    assert rows["NSE", "INFY"]["instrument_token"] == 408065
    assert rows["MCX", "GOLD26DECFUT"]["lot_size"] == 1
    assert rows["CDS", "USDINR26NOVFUT"]["tick_size"] == 0.0025
    assert {exchange for exchange, _ in rows} == {"NSE", "BSE", "NFO", "BFO", "MCX", "CDS"}
    mcx = await sdk("instruments", "MCX")
    assert {row["exchange"] for row in mcx} == {"MCX"}


async def test_quotes_of_all_three_depths(sdk, clock):
    full = await sdk("quote", "NSE:INFY", "NSE:NOSUCH")
    assert set(full) == {"NSE:INFY"}
    quote = full["NSE:INFY"]
    assert (quote["lower_circuit_limit"], quote["upper_circuit_limit"]) == (1377.0, 1683.0)
    assert len(quote["depth"]["buy"]) == len(quote["depth"]["sell"]) == 5
    assert isinstance(quote["timestamp"], datetime)
    clock.advance(1)
    ohlc = await sdk("ohlc", "NSE:INFY")
    assert ohlc["NSE:INFY"]["ohlc"]["close"] == 1530.0
    clock.advance(1)
    assert await sdk("ltp", ["NSE:INFY"]) == {
        "NSE:INFY": {"instrument_token": 408065, "last_price": 1530.0}
    }


@pytest.mark.parametrize("symbol", ["M&M", "J&KBANK"])
async def test_a_symbol_with_an_ampersand_survives_the_form(sdk, exchange, symbol):
    price = float(exchange.instruments["NSE", symbol].close)
    await sdk.place(tradingsymbol=symbol, price=price)
    assert (await sdk("orders"))[0]["tradingsymbol"] == symbol


async def test_a_hundred_connections_at_once_are_served(server, exchange, sdk_of):
    account = exchange.accounts.by_user("FA0001")
    token = exchange.login("FA0001").access_token
    host, port = urlsplit(server.api_url).hostname, urlsplit(server.api_url).port
    head = (
        f"Host: {host}\r\nX-Kite-Version: 3\r\nAuthorization: token {account.api_key}:{token}\r\n"
    )
    # Two requests in one write: a pipelined burst on each connection.
    burst = (f"GET /user/profile HTTP/1.1\r\n{head}\r\n" * 2).encode()

    async def talk():
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(burst)
        lines = [await reader.readline()]
        for _ in range(2):
            length = 0
            while (line := await reader.readline()).strip():
                if line.lower().startswith(b"content-length"):
                    length = int(line.split(b":")[1])
            await reader.readexactly(length)
            lines.append(await reader.readline()) if len(lines) < 2 else None
        writer.close()
        await writer.wait_closed()
        return [line.split()[1] for line in lines]

    async with asyncio.timeout(20):
        answers = await asyncio.gather(*(talk() for _ in range(100)))
    codes = [code for pair in answers for code in pair]
    assert len(codes) == 200
    assert codes.count(b"200") == 10  # the rest met the read limit of this second
    assert set(codes) == {b"200", b"429"}


async def test_slices_read_as_parent_and_children(sdk):
    answer = await sdk(
        "place_autoslice_order", "regular", "NFO", "NIFTY26DECFUT", "BUY", 3510, "NRML", "LIMIT",
        price=26000.0,
    )  # fmt: skip
    ids = [row["order_id"] for row in await sdk("orders")]
    assert [child["order_id"] for child in answer["children"]] == ids
    assert answer["order_id"] not in ids


async def test_an_iceberg_an_after_market_and_a_cover_order_are_placed_and_ended(sdk):
    iceberg = await sdk.place(variety="iceberg", quantity=20, iceberg_legs=2, iceberg_quantity=10)
    amo = await sdk.place(variety="amo")
    cover = await sdk.place(
        variety="co", product="MIS", order_type="MARKET", price=None, market_protection=-1,
        trigger_price=1510.0,
    )  # fmt: skip
    rows = {row["order_id"]: row for row in await sdk("orders")}
    second = next(row for row in rows.values() if row["parent_order_id"] == cover)
    assert rows[iceberg]["meta"]["iceberg"]["remaining_quantity"] == 10
    assert rows[amo]["status"] == "AMO REQ RECEIVED"

    assert await sdk("cancel_order", "iceberg", iceberg) == iceberg
    assert await sdk("modify_order", "amo", amo, price=1490.0) == amo
    assert await sdk("cancel_order", "amo", amo) == amo
    assert await sdk("exit_order", "co", second["order_id"], parent_order_id=cover)
    ended = {row["order_id"]: row["status"] for row in await sdk("orders")}
    assert [ended[each] for each in (iceberg, amo, second["order_id"])] == [
        "CANCELLED", "CANCELLED", "COMPLETE",
    ]  # fmt: skip
