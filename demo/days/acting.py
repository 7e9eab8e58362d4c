"""Acts one step of a day on the exchange's core, at once and without a network."""

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from demo.days.steps import (
    Cancel,
    CloseAll,
    Happen,
    LetGo,
    MarketStep,
    Modify,
    Offer,
    Order,
    Pin,
    Strike,
)
from demo.exchange.build import MASTER
from demo.exchange.exchange import Exchange
from demo.exchange.happen import happen
from demo.exchange.tickets import AppChange, AppOrder

#: What the audience is told of an order that is not a regular one.
_VARIETIES = {"amo": "after market", "co": "as a cover order"}


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened, besides orders, which explains what is seen afterwards."""

    at: datetime
    text: str


@dataclass(slots=True, kw_only=True)
class Hands:
    """The hands of the master, the market and the broker.

    Attributes:
        exchange: Where it happens.
        left_out: By follower, the ids of orders whose entry he must not have; grows with each order.
        tell: Hears a line for every act of the master and every moment.
        orders: Order id by label.
        moments: What went wrong, in order.
    """

    exchange: Exchange
    left_out: MutableMapping[str, set[str]]
    tell: Callable[[str], None] = lambda _: None
    orders: dict[str, str] = field(default_factory=dict)
    moments: list[Moment] = field(default_factory=list)

    def act(self, step: MarketStep) -> None:  # noqa: C901 - one case per kind of step
        """Let one step happen.

        Raises:
            KiteError: The exchange refuses what the master wants: the day is wrong.
        """
        exchange = self.exchange
        match step:
            case Order():
                self._place(step)
            case Modify():
                self._modify(step)
            case Cancel(label):
                self._say("CANCEL the rest of that order")
                exchange.cancel_from_app(MASTER, self.orders[label])
            case CloseAll(products):
                self._close_all(products)
            case Pin(instrument, price):
                exchange.set_price(*instrument, price, spread_ticks=1)
            case LetGo(instrument):
                exchange.market.release(exchange.instruments[instrument])
            case Offer(instrument, units):
                exchange.set_depth(*instrument, units)
            case Strike(fault, note):
                exchange.faults.add(fault)
                if note:
                    self.note(note)
            case Happen(what, note):
                happen(exchange, what)
                self.note(note)
            case _:
                assert_never(step)

    def note(self, text: str) -> None:
        """Keep a moment, and tell it."""
        self.mark(text)
        self.tell(f"meanwhile: {text}")

    def mark(self, text: str) -> None:
        """Keep a moment that is told otherwise."""
        self.moments.append(Moment(self.exchange.now(), text))

    def _say(self, text: str) -> None:
        self.tell(f"master in the Kite app> {text}")

    def _place(self, step: Order) -> None:
        exchange, symbol = step.instrument
        ticket: AppOrder = {
            "exchange": exchange,
            "tradingsymbol": symbol,
            "transaction_type": step.side.value,
            "quantity": step.quantity,
            "product": step.product,
            "order_type": step.order_type,
        }
        said = f"{step.side} {step.quantity} {symbol} {step.product}"
        said += " at market" if step.price is None else f" limit {step.price:,}"
        if step.price is not None:
            ticket["price"] = step.price
        if step.trigger is not None:
            ticket["trigger_price"] = step.trigger
            said += f" trigger {step.trigger:,}"
        if step.variety != "regular":
            ticket["variety"] = step.variety
            said += f" {_VARIETIES[step.variety]}"
        self._say(said)
        order_id = self.orders[step.label] = self.exchange.place_from_app(MASTER, **ticket)
        for name in step.left_out:
            self.left_out[name].add(order_id)

    def _modify(self, step: Modify) -> None:
        change: AppChange = {}
        said = ["CHANGE that order:"]
        if step.quantity is not None:
            change["quantity"] = step.quantity
            said.append(f"quantity {step.quantity}")
        if step.price is not None:
            change["price"] = step.price
            said.append(f"limit {step.price:,}")
        if step.trigger is not None:
            change["trigger_price"] = step.trigger
            said.append(f"trigger {step.trigger:,}")
        self._say(" ".join(said))
        self.exchange.modify_from_app(MASTER, self.orders[step.label], **change)

    def _close_all(self, products: tuple[str, ...]) -> None:
        open_now = self.exchange.net_positions(MASTER)
        for (exchange, symbol, product), net in open_now.items():
            if product not in products:
                continue
            side = "SELL" if net > 0 else "BUY"
            row = self.exchange.instruments[exchange, symbol]
            most = row.freeze_quantity or abs(net)
            most -= most % row.lot_size
            for begin in range(0, abs(net), most):
                quantity = min(most, abs(net) - begin)
                self._say(f"{side} {quantity} {symbol} {product} at market")
                self.exchange.place_from_app(
                    MASTER,
                    exchange=exchange,
                    tradingsymbol=symbol,
                    transaction_type=side,
                    quantity=quantity,
                    product=product,
                )
