"""What is typed at the playground, apart from its servers."""

import random
from datetime import datetime

import pytest

from demo.chat.server import ChatServer
from demo.exchange.build import MASTER, demo_exchange
from demo.exchange.wire import IST
from demo.playground import __main__ as playground
from demo.playground.table import Table
from demo.playground.words import HELP, NotUnderstoodError, Order, read_order

NOW = datetime(2026, 11, 24, 11, 0, tzinfo=IST)


def an_order(**changed) -> Order:
    given = {
        "side": "BUY",
        "exchange": "",
        "symbol": "RELIANCE",
        "quantity": 10,
        "product": "",
        "price": "",
    }
    return Order(**given | changed)


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("buy RELIANCE 10", an_order()),
        ("Buy reliance 10 cnc", an_order(product="CNC")),
        ("sell BSE:RELIANCE 10", an_order(side="SELL", exchange="BSE")),
        ("buy MIS RELIANCE 10 1500.5", an_order(product="MIS", price="1500.5")),
        ("/status", None),
        ("", None),
    ],
)
def test_an_order_is_read_as_one_says_it(line, order):
    assert read_order(line) == order


@pytest.mark.parametrize(
    "line", ["buy", "buy RELIANCE", "buy RELIANCE ten", "sell X 0", "buy X 1 2 3"]
)
def test_what_is_no_order_is_answered_with_one(line):
    with pytest.raises(NotUnderstoodError, match="buy RELIANCE 10"):
        read_order(line)


@pytest.fixture
def played():
    exchange = demo_exchange(lambda: NOW, random.Random(1))
    chat = ChatServer(token="1:x", now=lambda: NOW)
    trader = chat.user(1001, "Trader")
    return exchange, chat, Table(exchange, trader, bot_token="1:x", code=lambda key: f"123456{key}")


def test_the_master_trades_and_the_book_shows_it(played):
    exchange, _, table = played
    assert table.do("buy NSE:RELIANCE 10")[0].startswith("master> BUY 10 NSE:RELIANCE MIS, order ")
    exchange.step()
    assert table.do("book")[:2] == ["master: RELIANCE +10", "father: nothing"]
    assert table.do("find NIFTYX") == ["nothing is listed under NIFTYX"]
    assert table.do("buy NIFTYX 65") == ["NIFTYX is not listed - find NIFTY shows what is"]
    assert list(exchange.net_positions(MASTER).values()) == [10]


def test_what_the_broker_refuses_is_said_in_his_words(played):
    _, _, table = played
    (said,) = table.do("buy NFO:NIFTY26DECFUT 1")
    assert "lot" in said.lower()


@pytest.mark.parametrize("port", [playground.PORT, 21000])
def test_what_it_says_of_itself_fits_a_terminal_of_80_columns(port):
    begin = playground._BEGIN if port == playground.PORT else playground._BEGIN_ELSEWHERE
    where = {"kite": f"http://127.0.0.1:{port}", "chat": f"http://127.0.0.1:{port + 1}"}
    said = begin.format(**where, port=port, next_port=port + 1)
    assert [line for line in (*HELP.splitlines(), *said.splitlines()) if len(line) > 80] == []


def test_all_else_goes_to_the_bot(played):
    _, chat, table = played
    assert table.do("/status") == []
    assert table.do("code") == ["123456"]
    assert table.do("code JBSW") == ["123456JBSW"]
    assert table.do("keys")[:2] == ["bot token: 1:x", "master: client id MA0001"]
    assert table.do("tap Confirm") == ["no button on the screen begins with 'Confirm'"]
    assert table.do("paste") == ["nothing to paste yet - tap log in master"]
    said = [each["message"]["text"] for each in chat.telegram.updates.fetch()]
    assert said == ["/status"]


def test_a_login_is_pasted_where_it_was_begun(played):
    _, chat, table = played
    said = table.do("open http://127.0.0.1:8901/connect/login?v=3&api_key=ma0001demoapikey")
    assert said[1].startswith("http://127.0.0.1/?")
    assert "request_token=" in said[1]
    assert table.do("paste") == []
    assert chat.telegram.updates.fetch()[0]["message"]["text"] == said[1]
    assert table.do("open https://kite.zerodha.com/connect/login?api_key=x") == [
        "open it in a browser: https://kite.zerodha.com/connect/login?api_key=x"
    ]
