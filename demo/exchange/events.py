"""What happens at the exchange although no client asked for it.

A plan of a test, the demo or a simulation calls these at the moments it likes; with real trading
hours (`ExchangeRules.always_open` off) the clock calls them as well.
"""

from datetime import date

from demo.exchange.auction import CANCELLED_BY_EXCHANGE, end_auction, start_auction
from demo.exchange.conversions import convert
from demo.exchange.desk import Desk
from demo.exchange.hours import is_open
from demo.exchange.instruments import Instruments
from demo.exchange.next_day import start_next_day
from demo.exchange.orders import RESTING, Order, Status
from demo.exchange.square_off import square_off
from demo.exchange.wire import IST


class Events:
    """The exchange's and the broker's own acts."""

    def __init__(self, desk: Desk, instruments: Instruments) -> None:
        """Take the desk whose orders and portfolios are acted upon, and what is listed."""
        self._desk = desk
        self._instruments = instruments
        self._squared: set[tuple[str, date]] = set()

    def step(self) -> None:
        """Do what the clock calls for."""
        if not self._desk.rules.always_open:
            for order in self._queued():
                if is_open(order.instrument.exchange, self._desk.now()):
                    self._desk.take_queued(order)
        local = self._desk.now().astimezone(IST)
        for exchange, cut_off in self._desk.rules.square_off_times.items():
            if local.time() >= cut_off and (exchange, local.date()) not in self._squared:
                self._squared.add((exchange, local.date()))
                self.square_off(exchange=exchange)

    def open_market(self, exchange: str | None = None) -> int:
        """Take the after-market orders of one exchange, or of all; return how many.

        Source: Kite forum comment 8905: no socket hears of it; fills are told as ever.
        """
        taken = [order for order in self._queued() if exchange in {None, order.instrument.exchange}]
        for order in taken:
            self._desk.take_queued(order)
        return len(taken)

    def square_off(self, user_id: str | None = None, *, exchange: str | None = None) -> list[Order]:
        """Let RMS close intraday positions; return its orders, whose `placed_by` is not the user.

        Args:
            user_id: None for every account.
            exchange: Only there; None is everywhere.
        """
        return [
            order
            for account in self._desk.accounts
            if user_id in {None, account.user_id}
            for order in square_off(self._desk, account, exchange)
        ]

    def cancel_resting(
        self,
        user_id: str | None = None,
        *,
        exchange: str | None = None,
        tradingsymbol: str | None = None,
        message: str = CANCELLED_BY_EXCHANGE,
    ) -> list[Order]:
        """Let the exchange cancel orders that rest, which nobody asked for; return them."""
        gone = [
            order
            for account in self._desk.accounts
            for order in self._desk.floor.live_of(account.user_id)
            if order.status in RESTING
            and user_id in {None, order.user_id}
            and exchange in {None, order.instrument.exchange}
            and tradingsymbol in {None, order.instrument.tradingsymbol}
        ]
        for order in gone:
            self._desk.floor.end(order, message)
        return gone

    def start_closing_auction(self, exchange: str = "NSE") -> list[Order]:
        """Stop continuous trading there; return what the exchange cancels at once.

        Stops are gone, and so are stock futures outside their new band. Until the end, orders are
        taken in a narrow band, without stops, IOC and disclosed quantity, and nothing trades.
        """
        return start_auction(self._desk, exchange)

    def end_closing_auction(self, exchange: str = "NSE") -> list[Order]:
        """Trade once at the present price; return what is left, which the exchange cancels."""
        return end_auction(self._desk, exchange)

    def lock_circuit(self, exchange: str, tradingsymbol: str, *, upper: bool) -> None:
        """Lock a contract at its circuit: nobody sells at the upper one, nor buys at the lower."""
        market = self._desk.market
        row = market.row(exchange, tradingsymbol)
        touch = market.touch(row)
        market.set_price(row, row.upper_circuit if upper else row.lower_circuit)
        touch.ask_depth, touch.bid_depth = (0, None) if upper else (None, 0)
        self._desk.floor.match(row)

    def convert(
        self,
        user_id: str,
        key: tuple[str, str, str],
        quantity: int,
        new_product: str,
        *,
        overnight: bool = False,
    ) -> None:
        """Let a person convert a position in the Kite app; no order and no frame tells of it.

        Args:
            user_id: Whose.
            key: Exchange, symbol and present product.
            quantity: Units to convert.
            new_product: E.g. ``CNC``.
            overnight: Units that were carried in instead of opened today.

        Raises:
            KiteError: Refused; the position is as it was.
        """
        exchange, tradingsymbol, old_product = key
        account = self._desk.accounts.by_user(user_id)
        row = self._desk.market.row(exchange, tradingsymbol)
        held = self._desk.portfolios[user_id].net(row, old_product)
        fields = {
            "exchange": exchange,
            "tradingsymbol": tradingsymbol,
            "transaction_type": "BUY" if held > 0 else "SELL",
            "position_type": "overnight" if overnight else "day",
            "quantity": str(quantity),
            "old_product": old_product,
            "new_product": new_product,
        }
        convert(self._desk, account, self._instruments, fields)

    def start_next_day(self) -> None:
        """Open the books of the next day, once the clock has been moved there.

        The book is empty but for after-market orders, positions are carried with their
        `overnight_quantity`, deliveries are holdings; see `demo.exchange.next_day`.
        """
        start_next_day(self._desk, self._instruments)

    def authorise(
        self, user_id: str, tradingsymbol: str | None = None, quantity: int | None = None
    ) -> None:
        """Let a person consent to deliveries at the depository (TPIN); it holds for the day.

        Args:
            user_id: Whose holdings.
            tradingsymbol: Which; None is all of them.
            quantity: How many units of each; None is all that is settled.
        """
        for symbol, holding in self._desk.portfolios[user_id].holdings.items():
            if tradingsymbol in {None, symbol}:
                most = holding.quantity
                holding.authorised_quantity = most if quantity is None else min(quantity, most)
                holding.authorised_at = self._desk.now()

    def _queued(self) -> list[Order]:
        return [
            order for order in self._desk.orders.values() if order.status is Status.AMO_RECEIVED
        ]
