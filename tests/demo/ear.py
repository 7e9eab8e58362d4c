"""What one socket is sent, and what makes the exchange send it."""

import json
import random

from demo.exchange.build import demo_exchange
from demo.exchange.faults import Meets, Operation, SocketFault
from demo.exchange.rules import ExchangeRules


class Ear:
    """Keeps what one socket is sent."""

    def __init__(self, exchange, user_id):
        self.exchange = exchange
        session = exchange.login(user_id)
        self.session = session
        self.heard: list = []
        self.socket = exchange.sockets.connect(
            session.api_key, session.access_token, self.heard.append
        )

    def say(self, action, value):
        self.exchange.sockets.receive(self.socket, json.dumps({"a": action, "v": value}))

    @property
    def statuses(self):
        frames = [json.loads(each)["data"] for each in self.heard if isinstance(each, str)]
        return [frame["status"] for frame in frames]


def trade(exchange, user_id="MA0001", **more):
    return exchange.place_from_app(
        user_id, exchange="NSE", tradingsymbol="INFY", transaction_type="BUY", quantity=10,
        product="MIS", **more,
    )  # fmt: skip


def fault(trouble, **more):
    times = more.pop("times", 1)
    meets = Meets(user_id="MA0001", operation=more.pop("operation", Operation.FRAME), times=times)
    return SocketFault(meets=meets, trouble=trouble, **more)


def day_with(clock, **rules):
    return demo_exchange(clock, random.Random(1), rules=ExchangeRules(**rules))
