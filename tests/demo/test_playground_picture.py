"""The newest picture of the chat, saved to be looked at."""

import random
from datetime import datetime

from demo.chat.server import ChatServer
from demo.exchange.build import demo_exchange
from demo.exchange.wire import IST
from demo.playground.table import Table

NOW = datetime(2026, 11, 24, 11, 0, tzinfo=IST)


class Photo:
    kind, content = "photo", b"newest"


class Shown:
    def __init__(self, attachment):
        self.attachment = attachment


def test_the_newest_picture_is_saved_in_this_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trader = ChatServer(token="1:x", now=lambda: NOW).user(1001, "Trader")
    exchange = demo_exchange(lambda: NOW, random.Random(1))
    table = Table(exchange, trader, bot_token="1:x", code=str)
    assert table.do("picture") == ["no picture yet - /pnl sends one"]
    monkeypatch.setattr(trader, "messages", lambda: [Shown(Photo()), Shown(None)])
    (said,) = table.do("picture")
    saved = tmp_path / "copytrader-demo-chat.png"
    assert said == f"the newest picture is in {saved}"
    assert saved.read_bytes() == b"newest"
