"""What a broker tells about one account: orders, fills, positions, holdings, funds.

These are observations, already translated from the wire and never trusted to be
fresh, complete or in order.
"""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct

from engine.core.values.market import (
    OrderId,
    OrderStatus,
    OrderType,
    Product,
    Side,
    Validity,
    Variety,
)


class OrderRow(Struct, frozen=True, kw_only=True, gc=False):
    """One row of an order book, or one order frame of the socket.

    Attributes:
        user_id: Kite client id of the account the order belongs to (may be empty in book rows).
        order_id: Kite's id, opaque.
        exchange_order_id: The exchange's id; None until the exchange has it.
        status: Our word for the status; ``UNRECOGNISED`` keeps the text in ``status_text``.
        status_text: The status exactly as received.
        status_message: The broker's reason, verbatim; None where there is none.
        exchange: As received; compare with :class:`~engine.core.values.market.Exchange`.
        symbol: Kite ``tradingsymbol``.
        quantity: Units (lots on MCX, Kite's convention), total, >= 0.
        price: Rupees; None for MARKET or where the row has 0.
        trigger_price: Rupees; None where the row has 0.
        average_price: Rupees over ``filled_quantity``; None before the first fill.
        filled_quantity: Cumulative units, >= 0.
        market_protection: Per cent as echoed by the row; None where absent.
        tag: The client tag; None where the row has none.
        tags: Every tag of the row, Kite's own (``mktp``, ``autoslice:…``) included.
        placed_by: Who placed it; differs from the user for RMS and dealer orders.
        placed_at: ``order_timestamp``, aware IST; None where the row has none.
        exchange_at: ``exchange_timestamp``, aware IST.
        updated_at: ``exchange_update_timestamp``, aware IST.
    """

    user_id: str = ""
    order_id: OrderId
    exchange_order_id: str | None = None
    parent_order_id: OrderId | None = None
    status: OrderStatus
    status_text: str = ""
    status_message: str | None = None
    variety: Variety = Variety.REGULAR
    exchange: str
    symbol: str
    instrument_token: int = 0
    side: Side
    order_type: OrderType
    product: Product
    validity: Validity = Validity.DAY
    quantity: int
    disclosed_quantity: int = 0
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    average_price: Decimal | None = None
    filled_quantity: int = 0
    market_protection: Decimal | None = None
    tag: str | None = None
    tags: tuple[str, ...] = ()
    placed_by: str = ""
    placed_at: datetime | None = None
    exchange_at: datetime | None = None
    updated_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse what no order can be.

        Raises:
            ValueError: Empty id or symbol, or a negative quantity; the codec counts it as malformed.
        """
        if not self.order_id or not self.symbol:
            raise ValueError("an order row needs an order id and a symbol")
        if self.quantity < 0 or self.filled_quantity < 0:
            raise ValueError("quantities are not negative")

    @property
    def remaining_quantity(self) -> int:
        """Units that may still fill; 0 once the order has ended.

        ``pending_quantity`` of the wire is not used: it stays above zero on CANCELLED rows.
        """
        if self.status.is_terminal:
            return 0
        return max(0, self.quantity - self.filled_quantity)

    @property
    def counts(self) -> bool:
        """Whether the order is a wish of its owner: at the exchange, or filled at least in part."""
        return self.filled_quantity > 0 or self.status.is_working

    @property
    def is_market(self) -> bool:
        """Whether its owner asked for the market price.

        Kite turns a protected MARKET order into a LIMIT row tagged ``mktp`` (Kite forum
        comment 52940, 2026).
        """
        if self.order_type is OrderType.MARKET:
            return True
        # A stop that carries the tag still waits for its trigger.
        waits = self.trigger_price is not None
        return not waits and any(tag == "mktp" or tag.startswith("mktp:") for tag in self.tags)


class Fill(Struct, frozen=True, kw_only=True, gc=False):
    """One execution (Kite "trade"): ``quantity`` units at ``price`` rupees."""

    fill_id: str
    order_id: OrderId
    exchange: str
    symbol: str
    product: Product
    side: Side
    quantity: int
    price: Decimal
    filled_at: datetime


class PositionRow(Struct, frozen=True, kw_only=True, gc=False):
    """Net position of one symbol and product.

    Attributes:
        quantity: Signed units now; closed rows stay with 0.
        overnight_quantity: Signed units carried into today.
        multiplier: Units per quantity for value (MCX, CDS), >= 1; 0 where the row does not tell.
        close_price: Rupees, of the trading day before; 0 where the row does not tell.
        pnl: Rupees, today's total as the broker gives it.
    """

    exchange: str
    symbol: str
    product: Product
    quantity: int
    overnight_quantity: int = 0
    multiplier: Decimal = Decimal(1)
    average_price: Decimal = Decimal(0)
    last_price: Decimal = Decimal(0)
    pnl: Decimal = Decimal(0)
    close_price: Decimal = Decimal(0)


class HoldingRow(Struct, frozen=True, kw_only=True, gc=False):
    """Delivery shares of one symbol, in demat or on their way there.

    Attributes:
        exchange: One of the exchanges it is listed on; the shares may be sold on the other too.
        isin: What the share itself is, whatever its symbol; empty where the row has none.
        quantity: Settled units, less those sold today.
        t1_quantity: Units bought yesterday that have not been delivered yet.
        used_quantity: Units sold today.
        mtf_quantity: Units held under MTF, less those sold today (Kite's ``mtf`` object).
        mtf_used_quantity: Units held under MTF that were sold today.
        close_price: Rupees, of the trading day before; 0 where the row does not tell.
    """

    exchange: str
    symbol: str
    isin: str = ""
    quantity: int
    t1_quantity: int = 0
    used_quantity: int = 0
    mtf_quantity: int = 0
    mtf_used_quantity: int = 0
    average_price: Decimal = Decimal(0)
    last_price: Decimal = Decimal(0)
    pnl: Decimal = Decimal(0)
    close_price: Decimal = Decimal(0)

    @property
    def net(self) -> int:
        """Units owned at the start of the day: free, unsettled and already used for a sale.

        Today's sales move units from ``quantity`` to ``used_quantity`` and stand in the positions
        as a negative row, so the sum stays and with the positions makes what is owned now.
        """
        return self.quantity + self.t1_quantity + self.used_quantity

    def net_of(self, product: Product) -> int:
        """Units owned at the start of the day under one product; 0 unless it is delivery."""
        if product is Product.CNC:
            return self.net
        return self.mtf_quantity + self.mtf_used_quantity if product is Product.MTF else 0


class Level(NamedTuple):
    """Units (lots on MCX) that rest at one price in rupees."""

    price: Decimal
    quantity: int


class Quote(Struct, frozen=True, kw_only=True, gc=False):
    """Best prices of one instrument, rupees; None where the side is empty or unknown.

    Attributes:
        has_depth: Whether the levels were told at all; with it, an empty side is an empty side.
        bids: Buying orders that are shown, best first; Kite's full mode tells five.
        asks: Selling orders that are shown, best first.
    """

    exchange: str
    symbol: str
    instrument_token: int
    last_price: Decimal
    bid: Decimal | None = None
    ask: Decimal | None = None
    lower_circuit: Decimal | None = None
    upper_circuit: Decimal | None = None
    has_depth: bool = False
    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()


class Profile(Struct, frozen=True, kw_only=True, gc=False):
    """Who a session belongs to and what it may trade.

    Attributes:
        demat_consent: ``consent``, ``physical``, or empty where shares may not be debited without
            a daily TPIN; None where the answer did not tell.

    Source: Kite Connect docs, user (``meta.demat_consent``).
    """

    user_id: str
    user_name: str
    exchanges: frozenset[str]
    products: frozenset[str]
    demat_consent: str | None = None


class Funds(Struct, frozen=True, kw_only=True, gc=False):
    """Rupees per Kite segment, by the margins call: spendable (``net``), and used (``utilised.debits``).

    What is used is None where the answer does not tell.
    """

    equity: Decimal
    commodity: Decimal
    equity_used: Decimal | None = None
    commodity_used: Decimal | None = None
