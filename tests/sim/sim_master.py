"""The master's hand at the Kite app, and what the exchange and RMS do of themselves."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from decimal import Decimal

from demo.exchange.build import MASTER
from demo.exchange.exchange import Exchange
from demo.exchange.gtt_requests import read_gtt
from demo.exchange.instruments import Instrument, Toward
from demo.exchange.link import Link
from demo.exchange.tickets import read_ticket
from demo.exchange.wire import KiteError, Row
from tests.sim.sim_plan import SYMBOLS, Act, Traded
from tests.sim.sim_trouble import NOT_TODAY

#: Ticks of an act count as so many of the instrument's.
STRIDE = 4
#: Largest order by hand, in lots: below every freeze quantity.
MOST_LOTS = 25
RESTING = ("OPEN", "TRIGGER PENDING")
WAITING = (*RESTING, "AMO REQ RECEIVED")
#: Changes of a storm: more than Kite takes for one order, now and then.
STORM = 20
Change = dict[str, object]


class Hand:
    """Does the acts of a plan that need no program."""

    def __init__(self, exchange: Exchange, follower_ids: tuple[str, ...]) -> None:
        self.exchange = exchange
        self._follower_ids = follower_ids

    def do(self, act: Act) -> None:
        """Do an act; what the exchange refuses is not done."""
        with contextlib.suppress(KiteError):
            self._do(act)

    def orders(self, statuses: tuple[str, ...] = RESTING) -> list[Row]:
        """Return his orders in these states, oldest first."""
        return [row for row in self.exchange.orders_of(MASTER) if row["status"] in statuses]

    def net(self, traded: Traded) -> int:
        """Return his position, signed units; delivery shares in demat included."""
        found = self.exchange.net_positions(MASTER)
        net = sum(n for k, n in found.items() if tuple(k) == traded[:3])
        if traded.product == "CNC":
            holdings = self.exchange.desk.portfolios[MASTER].holdings
            held = holdings.get(traded.symbol)
            net += held.quantity + held.t1_quantity if held else 0
        return net

    def go_home(self, symbols: tuple[int, ...]) -> None:
        """Close every position at the market."""
        for traded in (SYMBOLS[number] for number in symbols):
            for _ in range(60):
                net = self.net(traded)
                if not net:
                    break
                side = "SELL" if net > 0 else "BUY"
                self._place(traded, side, min(abs(net), MOST_LOTS * traded.lot))

    def _do(self, act: Act) -> None:
        kind, traded = act.kind, SYMBOLS[act.symbol]
        row = self.exchange.instruments[traded.exchange, traded.symbol]
        quantity = act.lots * traded.lot
        if kind in ("price", "depth"):
            self._market(act, row)
        elif kind.startswith(("exchange_", "square_", "open")):
            self._of_itself(act, traded)
        elif kind in ("cancel", "reprice", "trail", "resize", "to_market", "to_limit", "storm"):
            self._change(act, row)
        elif kind in ("protect", "target", "pair", "reverse"):
            self._with_position(act, traded, row)
        elif kind == "flash":
            order_id = self._place(traded, self._side(act), quantity, price=self._price(act, row))
            self._later(
                (0.0, 0.01, 0.05, 0.2)[act.pick % 4],
                lambda: self.exchange.cancel_from_app(MASTER, order_id),
            )
        elif kind.startswith("pending_"):
            self._pending(act, traded, row)
        elif kind == "gtt":
            self._gtt(act, traded, row)
        else:
            self._order(act, traded, row)

    # -- new orders ---------------------------------------------------------------------------

    def _order(self, act: Act, traded: Traded, row: Instrument) -> None:
        kind, quantity, price = act.kind, act.lots * traded.lot, self._price(act, row)
        side = self._side(act)
        more: dict[str, object] = {}
        if kind.endswith("limit"):
            more = {"price": price}
        elif kind.startswith("stop_market"):
            more = {"order_type": "SL-M", "trigger_price": self._trigger(act, row, side)}
        elif kind.startswith("stop"):
            more = self._stop(act, row, side)
        elif kind.startswith("ioc"):
            more = {"price": price, "validity": "IOC"}
        elif kind.startswith("ttl"):
            more = {"price": price, "validity": "TTL", "validity_ttl": 1}
        elif kind.startswith("iceberg"):
            legs = 2 + act.pick % 3
            lots = -(-act.lots // legs)
            more = {
                "variety": "iceberg", "iceberg_legs": legs, "price": price,
                "iceberg_quantity": lots * traded.lot,
            }  # fmt: skip
        elif kind == "amo":
            more = {"variety": "amo", "price": price}
        elif kind == "cover":
            more = {"variety": "co", "trigger_price": self._trigger(act, row, _other(side))}
        self._place(traded, side, quantity, **more)

    def _with_position(self, act: Act, traded: Traded, row: Instrument) -> None:
        net = self.net(traded)
        if not net:
            return
        side, quantity = ("SELL" if net > 0 else "BUY"), min(abs(net), MOST_LOTS * traded.lot)
        if act.kind == "reverse":
            self._place(traded, side, abs(net) + act.lots * traded.lot)
        if act.kind in ("protect", "pair"):
            self._place(traded, side, quantity, **self._stop(act, row, side))
        if act.kind in ("target", "pair"):
            gain = (1 + abs(act.ticks)) * STRIDE * row.tick_size
            price = self._last(row) + (gain if side == "SELL" else -gain)
            self._place(traded, side, quantity, price=price)

    def _place(self, traded: Traded, side: str, quantity: int, **more: object) -> str:
        order: dict[str, object] = {
            "exchange": traded.exchange, "tradingsymbol": traded.symbol, "quantity": quantity,
            "transaction_type": side, "product": traded.product,
        }  # fmt: skip
        return self.exchange.place_from_app(MASTER, **(order | more))

    def _pending(self, act: Act, traded: Traded, row: Instrument) -> None:
        """Place an order that is pending for a while, and that the exchange may then reject."""
        fields = {
            "exchange": traded.exchange, "tradingsymbol": traded.symbol, "product": traded.product,
            "transaction_type": self._side(act), "quantity": str(act.lots * traded.lot),
            "order_type": "LIMIT", "price": str(self._price(act, row)),
        }  # fmt: skip
        refusal = NOT_TODAY if act.kind == "pending_rejected" else None
        desk = self.exchange.desk
        desk.place(
            self.exchange.accounts.by_user(MASTER),
            read_ticket("regular", fields, self.exchange.instruments),
            order_id=desk.ids.next(),
            by_api=False,
            link=Link(pending_s=(0.3, 1.5, 6.0)[act.pick % 3], refusal=refusal),
        )

    def _gtt(self, act: Act, traded: Traded, row: Instrument) -> None:
        if traded.product == "MIS":
            return
        trigger, last = self._price(act, row), self._last(row)
        if trigger == last:
            return
        order = {
            "exchange": traded.exchange, "tradingsymbol": traded.symbol, "order_type": "LIMIT",
            "transaction_type": self._side(act), "quantity": act.lots * traded.lot,
            "product": traded.product, "price": float(trigger),
        }  # fmt: skip
        condition = {
            "exchange": traded.exchange, "tradingsymbol": traded.symbol,
            "trigger_values": [float(trigger)], "last_price": float(last),
        }  # fmt: skip
        fields = {
            "type": "single", "condition": json.dumps(condition), "orders": json.dumps([order])
        }  # fmt: skip
        wanted = read_gtt(fields, self.exchange.instruments)
        self.exchange.gtts.place(self.exchange.accounts.by_user(MASTER), wanted)

    # -- changes ------------------------------------------------------------------------------

    def _change(self, act: Act, row: Instrument) -> None:
        """Change or cancel one of his resting orders."""
        waiting = self.orders(WAITING)
        if not waiting:
            return
        order = waiting[act.pick % len(waiting)]
        order_id = str(order["order_id"])
        row = self.exchange.instruments[str(order["exchange"]), str(order["tradingsymbol"])]
        if act.kind == "cancel":
            self.exchange.cancel_from_app(MASTER, order_id)
        elif act.kind == "storm":
            self._storm(act, order_id, row)
        else:
            self._modify(order_id, **self._changed(act, order, row))

    def _changed(self, act: Act, order: Row, row: Instrument) -> Change:
        side = str(order["transaction_type"])
        waits = order["status"] == "TRIGGER PENDING"
        stops = order["order_type"] in ("SL", "SL-M")
        change: Change
        match act.kind:
            case "trail" if waits and order["order_type"] == "SL":
                change = self._stop(act, row, side)
            case "trail" if waits:
                change = {"trigger_price": self._trigger(act, row, side)}
            case "resize":
                lots = max(1, int(str(order["quantity"])) // row.lot_size + act.ticks)
                lots = 1 if act.pick == 0 else min(lots, MOST_LOTS)
                change = {"quantity": lots * row.lot_size}
            case "to_market":
                change = {"order_type": "MARKET"}
            case "to_limit" if stops:
                change = {"order_type": "LIMIT", "price": self._price(act, row)}
            case _ if waits:
                # The limit of a stop moves alone, away from its trigger.
                away = (act.pick % 4) * row.tick_size * (1 if side == "BUY" else -1)
                change = {"price": Decimal(str(order["trigger_price"])) + away}
            case _:
                change = {"price": self._price(act, row)}
        return change

    def _storm(self, act: Act, order_id: str, row: Instrument) -> None:
        """Change one order again and again within a second."""
        changes = STORM + act.pick
        for number in range(changes):
            change = Act(
                after=0, kind="reprice" if number % 5 or act.ticks > 0 else "resize",
                ticks=(act.ticks + number) % 17 - 8, pick=1 + number % 9,
            )  # fmt: skip

            def step(change: Act = change) -> None:
                for order in self.orders():
                    if order["order_id"] == order_id:
                        self._modify(order_id, **self._changed(change, order, row))

            self._later(number / changes, step)

    def _modify(self, order_id: str, **change: object) -> None:
        self.exchange.modify_from_app(MASTER, order_id, **change)

    # -- the exchange of itself ---------------------------------------------------------------

    def _of_itself(self, act: Act, traded: Traded) -> None:
        events = self.exchange.events
        follower = self._follower_ids[act.follower % len(self._follower_ids)]
        whose = MASTER if act.kind.endswith("master") else follower
        if act.kind == "open":
            events.open_market()
        elif act.kind.startswith("square"):
            events.square_off(whose, exchange=traded.exchange)
        else:
            events.cancel_resting(
                whose, exchange=traded.exchange, tradingsymbol=traded.symbol
            )  # fmt: skip

    def _market(self, act: Act, row: Instrument) -> None:
        if act.kind == "price":
            self.exchange.set_price(row.exchange, row.tradingsymbol, self._price(act, row))
        else:
            offered = act.lots * row.lot_size if act.ticks > 0 else None
            self.exchange.set_depth(row.exchange, row.tradingsymbol, offered)

    # -- prices -------------------------------------------------------------------------------

    def _last(self, row: Instrument) -> Decimal:
        return self.exchange.market.touch(row).last

    def _price(self, act: Act, row: Instrument) -> Decimal:
        return row.round(self._last(row) + act.ticks * row.tick_size * STRIDE, Toward.DOWN)

    def _trigger(self, act: Act, row: Instrument, side: str) -> Decimal:
        away = (1 + abs(act.ticks)) * STRIDE * row.tick_size
        return self._last(row) + (away if side == "BUY" else -away)

    def _stop(self, act: Act, row: Instrument, side: str) -> Change:
        trigger = self._trigger(act, row, side)
        worse = (act.pick % 4) * 2 * row.tick_size
        return {
            "order_type": "SL",
            "trigger_price": trigger,
            "price": trigger + (worse if side == "BUY" else -worse),
        }

    def _side(self, act: Act) -> str:
        if "buy" in act.kind or "sell" in act.kind:
            return "BUY" if "buy" in act.kind else "SELL"
        return "BUY" if act.pick % 3 else "SELL"

    def _later(self, seconds: float, step: Callable[[], object]) -> None:
        def run() -> None:
            with contextlib.suppress(KiteError):
                step()

        asyncio.get_running_loop().call_later(seconds, run)


def _other(side: str) -> str:
    return "SELL" if side == "BUY" else "BUY"
