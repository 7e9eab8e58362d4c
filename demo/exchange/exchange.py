"""The exchange as a whole: requests and sockets in, replies and frames out, and the truth."""

import random
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Unpack

from demo.exchange.accounts import Account, Accounts
from demo.exchange.agenda import Agenda
from demo.exchange.catalogue import catalogue
from demo.exchange.covers import Covers
from demo.exchange.events import Events
from demo.exchange.fault_plan import FaultPlan
from demo.exchange.faults import Fault
from demo.exchange.gtt import Gtts
from demo.exchange.happenings import Happening
from demo.exchange.icebergs import Icebergs
from demo.exchange.instruments import Instrument, Instruments
from demo.exchange.kite_app import KiteApp
from demo.exchange.ledger import Ledger
from demo.exchange.limits import RequestLimits
from demo.exchange.market import Market
from demo.exchange.portfolio import Holding, PositionKey
from demo.exchange.rules import ExchangeRules
from demo.exchange.sessions import Session, Sessions
from demo.exchange.sockets import Sockets
from demo.exchange.tickets import AppChange, AppOrder
from demo.exchange.ticks import Mode, packet, tick_frame
from demo.exchange.timetable import Timetable
from demo.exchange.updates import Updates
from demo.exchange.wire import IST, Clock, Fields, Reply, Row
from demo.exchange.wiring import open_desk, open_gate


class Exchange:
    """A Kite-compatible exchange without a network.

    Everything it does is a function of its state, the injected time and the injected chance: the
    same seed, clock and calls give the same day.

    Attributes:
        now: Present time.
        rules: Switches that hold for the day.
        accounts: Who may trade; their fields are switches.
        ledger: What truly reached it.
        faults: What goes wrong; add to it at any time.
        instruments: What is listed today.
        market: Prices and depth.
        sessions: Tokens, and ways to end them.
        sockets: Open connections.
        gtts: Triggers that outlive the day.
        desk: Orders and portfolios, for whoever needs to look deeper.
        agenda: What happens later.
        events: What happens though nobody asked for it: the open, square-offs, auctions, a new day.
        happened: What of it a plan held as data (`demo.exchange.happen`), and when.
    """

    def __init__(  # noqa: PLR0913 - all but the first three have defaults
        self,
        *,
        now: Clock,
        rng: random.Random,
        accounts: Iterable[Account],
        instruments: Iterable[Instrument] | None = None,
        rules: ExchangeRules | None = None,
        faults: Iterable[Fault] = (),
        volatility_bps: float = 1.0,
    ) -> None:
        """Open the exchange.

        Args:
            now: Aware present time in `IST`.
            rng: Chance of prices and tokens.
            accounts: The clients.
            instruments: What is listed; by default the catalogue of the day.
            rules: Switches.
            faults: In force from the start.
            volatility_bps: Standard deviation of one step of the price walk.
        """
        self.now = now
        self.rules = rules or ExchangeRules()
        self.accounts = Accounts(accounts)
        self.ledger = Ledger()
        self.agenda = Agenda()
        self.faults = FaultPlan()
        self.faults.extend(faults)
        listed = catalogue(now().astimezone(IST).date()) if instruments is None else instruments
        self.instruments = Instruments(listed)
        self.market = Market(self.instruments, now=now, rng=rng, volatility_bps=volatility_bps)
        self.sessions = Sessions(now=now, rng=rng, rules=self.rules)
        self._updates = Updates(self.rules, self.accounts)
        self.desk = open_desk(
            now=now, rules=self.rules, accounts=self.accounts, market=self.market,
            agenda=self.agenda, emit=self._updates.emit,
        )  # fmt: skip
        limits = RequestLimits(self.rules.limits, now=now)
        self.desk.floor.watchers += [
            Icebergs(desk=self.desk, limits=limits).watch,
            Covers(desk=self.desk).watch,
        ]
        self.events = Events(self.desk, self.instruments)
        self.happened: list[tuple[datetime, Happening]] = []
        self._timetable = Timetable(self.desk, self.events)
        self.gtts = Gtts(self.desk, self.instruments)
        self.sockets = Sockets(
            now=now, rules=self.rules, accounts=self.accounts, sessions=self.sessions,
            instruments=self.instruments, market=self.market, agenda=self.agenda,
            faults=self.faults,
        )  # fmt: skip
        self._updates.on_frame(self.sockets.push)
        self._gate = open_gate(
            now=now, accounts=self.accounts, sessions=self.sessions, limits=limits,
            instruments=self.instruments, desk=self.desk, gtts=self.gtts, ledger=self.ledger,
            faults=self.faults,
        )  # fmt: skip
        self._app = KiteApp(accounts=self.accounts, writes=self._gate.writes)

    def request(
        self,
        method: str,
        path: str,
        fields: Fields | None = None,
        headers: Mapping[str, str] | None = None,
        source_ip: str = "127.0.0.1",
    ) -> Reply:
        """Answer one REST request.

        Args:
            method: HTTP method, upper case.
            path: Path, with a query or without.
            fields: Form fields, and query fields that are not in `path`; a JSON body is the field
                `wire.JSON_BODY`.
            headers: Request headers; names in any case.
            source_ip: Where it comes from.

        Returns:
            The answer as a fault has it; a refusal is a reply, never an exception.
        """
        return self._gate.answer(
            method, path, fields=fields or {}, headers=headers or {}, source_ip=source_ip
        )

    def place_from_app(self, user_id: str, **order: Unpack[AppOrder]) -> str:
        """Place an order as a person does in the Kite app or on Kite web; return its id.

        No API limit, address check, fault or `market_protection` is in the way. `order_type` is
        MARKET unless a `price` is given; `exchange`, `tradingsymbol`, `transaction_type`,
        `quantity` (Kite units) and `product` must be. Raises `KiteError` where it is refused.
        """
        return self._app.place(user_id, order)

    def modify_from_app(self, user_id: str, order_id: str, **change: Unpack[AppChange]) -> str:
        """Change a resting order as a person does in the app; return its id, or raise `KiteError`."""
        return self._app.modify(user_id, order_id, change)

    def cancel_from_app(self, user_id: str, order_id: str) -> str:
        """Cancel a resting order as a person does in the app; return its id, or raise `KiteError`."""
        return self._app.cancel(user_id, order_id)

    def login(self, user_id: str) -> Session:
        """Start a session without the login page."""
        return self.sessions.open(self.accounts.by_user(user_id))

    def step(self) -> None:
        """Let time do its work: late bookings, one step of prices, triggers, fills, expiry, ticks."""
        self.agenda.run_due(self.now())
        self.market.step()
        self._timetable.step()
        self.desk.floor.match()
        self.gtts.watch()
        self.sockets.tick()

    def set_price(
        self, exchange: str, tradingsymbol: str, price: Decimal | str, *, spread_ticks: int = 0
    ) -> None:
        """Pin a price and let resting orders trade at it at once.

        Args:
            exchange: Of the instrument.
            tradingsymbol: Of the instrument.
            price: Rupees, on the tick.
            spread_ticks: Ticks between last and bid, and last and ask.

        Raises:
            KeyError: Not listed.
            ValueError: Off the tick.
        """
        row = self.instruments[exchange, tradingsymbol]
        self.market.set_price(row, Decimal(price), spread_ticks=spread_ticks)
        self.desk.floor.match(row)
        self.gtts.watch()
        self.sockets.tick()

    def set_depth(self, exchange: str, tradingsymbol: str, quantity: int | None) -> None:
        """Offer this many units on each side, as `set_price` does, and not one more."""
        row = self.instruments[exchange, tradingsymbol]
        self.market.set_depth(row, quantity)
        self.desk.floor.match(row)
        self.sockets.tick()

    def end_day(self) -> None:
        """Cancel whatever still rests, as happens at the close."""
        self.desk.floor.end_day()

    def on_frame(self, listener: Callable[[str, Row], None]) -> Callable[[], None]:
        """Call `listener` with (user id, frame) for every true order update; return the undo.

        It hears what the exchange says; socket faults lie behind it, on the way to the sockets.
        """
        return self._updates.on_frame(listener)

    def ticks(self, tokens: Iterable[int], mode: Mode | str = Mode.FULL) -> bytes:
        """Return one binary tick frame of the listed tokens as they stand."""
        found = (self.instruments.find_token(token) for token in tokens)
        touches = (self.market.touch(row) for row in found if row)
        return tick_frame(packet(touch, Mode(mode), self.now()) for touch in touches)

    def orders_of(self, user_id: str) -> list[Row]:
        """Return the true order rows of an account, oldest first, whatever reads are shown."""
        return [order.row() for order in self.desk.orders_of(user_id)]

    def trades_of(self, user_id: str) -> list[Row]:
        """Return the true trade rows of an account, oldest first."""
        return [trade.row() for trade in self.desk.portfolios[user_id].trades]

    def net_positions(self, user_id: str) -> dict[PositionKey, int]:
        """Return the open positions of an account: signed units, without the flat ones."""
        positions = self.desk.portfolios[user_id].positions
        return {key: each.quantity for key, each in positions.items() if each.quantity}

    def carry_position(
        self, user_id: str, key: tuple[str, str, str], quantity: int, price: Decimal | str
    ) -> None:
        """Let an account start the day with a position (exchange, symbol, product), signed units."""
        exchange, tradingsymbol, product = key
        row = self.instruments[exchange, tradingsymbol]
        self.desk.portfolios[user_id].carry_in(row, product, quantity, Decimal(price))

    def give_holding(
        self, user_id: str, tradingsymbol: str, quantity: int, *, t1_quantity: int = 0
    ) -> None:
        """Put NSE shares in an account's demat, bought at yesterday's close."""
        row = self.instruments["NSE", tradingsymbol]
        self.desk.portfolios[user_id].holdings[tradingsymbol] = Holding(
            instrument=row, quantity=quantity, t1_quantity=t1_quantity, average_price=row.close
        )
