"""What happens at the exchange, as data: a plan of a day holds these beside faults and acts.

`demo.exchange.happen` makes one happen. Symbols, client ids, rupees and units are Kite's.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from demo.exchange.accounts import Plan
from demo.exchange.auction import CANCELLED_BY_EXCHANGE
from demo.exchange.matching import Side
from demo.exchange.restrictions import Restriction
from demo.exchange.tickets import AppOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketOpens:
    """After-market orders are taken, of one exchange or of all."""

    exchange: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceMoves:
    """A price jumps and stays; what rests trades at it at once."""

    exchange: str
    tradingsymbol: str
    price: Decimal
    spread_ticks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthChanges:
    """So many units stand on each side and not one more; None is without limit."""

    exchange: str
    tradingsymbol: str
    quantity: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitLocks:
    """Nobody sells at the upper circuit, or buys at the lower one; `DepthChanges` ends it."""

    exchange: str
    tradingsymbol: str
    upper: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractRestricted:
    """A contract takes no MARKET or no MIS orders, or has no trades; or does again."""

    exchange: str
    tradingsymbol: str
    restriction: Restriction
    lifted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionStarts:
    """Shares with derivatives trade continuously no more."""

    exchange: str = "NSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionNarrows:
    """The auction takes limit orders alone."""

    exchange: str = "NSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionEnds:
    """The auction trades once, and what is left is cancelled."""

    exchange: str = "NSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestingCancelled:
    """The exchange cancels what rests; None in a field is every one."""

    user_id: str | None = None
    exchange: str | None = None
    tradingsymbol: str | None = None
    message: str = CANCELLED_BY_EXCHANGE


@dataclass(frozen=True, slots=True, kw_only=True)
class SquareOff:
    """RMS closes intraday positions; None in a field is every one."""

    user_id: str | None = None
    exchange: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DealerTrades:
    """The broker's desk places an order for a client: MARKET, or LIMIT where it has a price."""

    user_id: str
    exchange: str
    tradingsymbol: str
    side: Side
    quantity: int
    product: str
    price: Decimal | None = None
    dealer: str = "DEALER"

    @property
    def order(self) -> AppOrder:
        """What the dealer types in."""
        order = AppOrder(
            exchange=self.exchange, tradingsymbol=self.tradingsymbol, quantity=self.quantity,
            transaction_type=self.side.value, product=self.product,
        )  # fmt: skip
        if self.price is not None:
            order["price"] = self.price
        return order


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkBreaks:
    """Kite reaches an exchange no more: whatever is asked stays pending."""

    exchange: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMends:
    """What was pending arrives; with a `refusal` the exchange refuses all of it in these words."""

    exchange: str
    refusal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledOrderFills:
    """The latest order of a contract that was shown as CANCELLED turns out to be filled."""

    user_id: str
    exchange: str
    tradingsymbol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionConverted:
    """A person converts a position in the app; `overnight` units were carried in."""

    user_id: str
    exchange: str
    tradingsymbol: str
    old_product: str
    new_product: str
    quantity: int
    overnight: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionAdjusted:
    """The broker replaces what was carried in (signed units), as after a split."""

    user_id: str
    exchange: str
    tradingsymbol: str
    product: str
    quantity: int
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveriesAuthorised:
    """A person consents at the depository; None in a field is all there is."""

    user_id: str
    tradingsymbol: str | None = None
    quantity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnd:
    """A master logout of one account, or with None the morning flush of all."""

    user_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserLoggedIn:
    """The next logins of an account name another client, as one browser does; None mends it."""

    user_id: str
    as_user: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressesRegistered:
    """From now on these addresses alone may write orders; None is any."""

    user_id: str
    addresses: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentsEnabled:
    """From now on an account may trade on these exchanges."""

    user_id: str
    exchanges: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChanges:
    """An account's app is a paid or a Personal one from now on; open sockets live on."""

    user_id: str
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class FundsChange:
    """An account's opening cash is another, rupees; None leaves it."""

    user_id: str
    equity: Decimal | None = None
    commodity: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEnds:
    """Whatever rests is cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextDayStarts:
    """The books of the next day open; the clock must have been moved there before."""


Happening: TypeAlias = (
    MarketOpens | PriceMoves | DepthChanges | CircuitLocks | ContractRestricted
    | AuctionStarts | AuctionNarrows | AuctionEnds | RestingCancelled | SquareOff | DealerTrades
    | LinkBreaks | LinkMends | CancelledOrderFills
    | PositionConverted | PositionAdjusted | DeliveriesAuthorised
    | SessionsEnd | BrowserLoggedIn | AddressesRegistered | SegmentsEnabled | PlanChanges | FundsChange
    | DayEnds | NextDayStarts
)  # fmt: skip
