"""What happens at the exchange although no client asked for it.

A plan of a test, the demo or a simulation calls these at the moments it likes, or holds them as
data (`demo.exchange.happenings`); the clock calls some as well (`demo.exchange.timetable`).
"""

from dataclasses import replace
from decimal import Decimal
from typing import Unpack

from demo.exchange.auction import (
    CANCELLED_BY_EXCHANGE,
    end_auction,
    narrow_auction,
    start_auction,
)
from demo.exchange.conversions import convert_in_app
from demo.exchange.desk import Desk
from demo.exchange.instruments import Instruments
from demo.exchange.next_day import start_next_day
from demo.exchange.orders import RESTING, Order, Status
from demo.exchange.restrictions import Restriction
from demo.exchange.square_off import square_off
from demo.exchange.tickets import AppOrder, app_fields, read_ticket


class Events:
    """The exchange's and the broker's own acts."""

    def __init__(self, desk: Desk, instruments: Instruments) -> None:
        """Take the desk whose orders and portfolios are acted upon, and what is listed."""
        self._desk = desk
        self._instruments = instruments

    def open_market(self, exchange: str | None = None) -> int:
        """Take the after-market orders of one exchange, or of all; return how many.

        Source: Kite forum comment 8905: no socket hears of it; fills are told as ever.
        """
        taken = [order for order in self.queued() if exchange in {None, order.instrument.exchange}]
        for order in taken:
            self._desk.dispatch.take_queued(order)
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

    def place_by_dealer(
        self, user_id: str, dealer: str = "DEALER", **order: Unpack[AppOrder]
    ) -> Order:
        """Let the broker's desk place an order for a client, whose `placed_by` says so.

        Raises:
            KiteError: Refused; nothing is in the book.

        Source: Kite Connect docs, postbacks (``placed_by``).
        """
        desk = self._desk
        ticket = read_ticket("regular", app_fields(order), self._instruments)
        return desk.place(
            desk.accounts.by_user(user_id), replace(ticket, placed_by=dealer),
            order_id=desk.ids.next(), by_api=False,
        )  # fmt: skip

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

    def fill_cancelled(self, user_id: str, exchange: str, tradingsymbol: str) -> Order:
        """Fill the latest order of a contract that was shown as cancelled; return it.

        Raises:
            ValueError: None that ever reached the exchange is cancelled.
        """
        for order in reversed(self._desk.orders_of(user_id)):
            reached = order.instrument.key == (exchange, tradingsymbol) and order.exchange_order_id
            if reached and order.status is Status.CANCELLED:
                self._desk.floor.fill_cancelled(order)
                return order
        raise ValueError(f"{user_id} has no cancelled order in {exchange}:{tradingsymbol}")

    def start_closing_auction(self, exchange: str = "NSE") -> list[Order]:
        """Stop continuous trading of shares with derivatives; return what is cancelled at once.

        Stops are gone, and so are stock futures outside their new band. Until the end, orders are
        taken in a narrow band, without stops, IOC and disclosed quantity, and nothing trades.
        """
        return start_auction(self._desk, exchange)

    def narrow_closing_auction(self, exchange: str = "NSE") -> None:
        """Take no market orders in the auction's last minutes, nor changes to any."""
        narrow_auction(self._desk, exchange)

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

    def restrict(
        self, exchange: str, tradingsymbol: str, what: Restriction, *, lifted: bool = False
    ) -> None:
        """Let a contract not take something, or take it again."""
        key = self._instruments[exchange, tradingsymbol].key
        kept = {
            Restriction.NO_MARKET: self._desk.market_refused,
            Restriction.NO_INTRADAY: self._desk.intraday_refused,
            Restriction.NO_TRADES: self._desk.untraded,
        }[what]
        if lifted:
            kept.discard(key)
        else:
            kept.add(key)

    def break_link(self, exchange: str) -> None:
        """Cut Kite off from an exchange: whatever is asked stays pending, for however long.

        Source: Zerodha bulletin of 2023-07-07 (the link to BSE).
        """
        self._desk.dispatch.break_link(exchange)

    def mend_link(self, exchange: str, *, refusal: str | None = None) -> None:
        """Let what is pending arrive, where it fills and rests or is refused in these words."""
        self._desk.dispatch.mend_link(exchange, refusal)

    def convert(
        self, user_id: str, key: tuple[str, str, str], quantity: int, new_product: str,
        *, overnight: bool = False,
    ) -> None:  # fmt: skip
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
        convert_in_app(
            self._desk, user_id, self._instruments, key,
            quantity=quantity, new_product=new_product, overnight=overnight,
        )  # fmt: skip

    def adjust_position(
        self, user_id: str, key: tuple[str, str, str], quantity: int, price: Decimal | str
    ) -> None:
        """Let the broker replace what was carried in of a position, as after a split.

        Args:
            user_id: Whose.
            key: Exchange, symbol and product.
            quantity: Signed units carried in from now on.
            price: Rupees per unit.
        """
        exchange, tradingsymbol, product = key
        row = self._instruments[exchange, tradingsymbol]
        portfolio = self._desk.portfolios[user_id]
        portfolio.adjust(row, product, quantity, Decimal(price), self._desk.now())

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

    def queued(self) -> list[Order]:
        """Return the after-market orders that wait for the open."""
        return [
            order for order in self._desk.orders.values() if order.status is Status.AMO_RECEIVED
        ]
