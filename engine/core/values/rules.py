"""What a follower's owner has set: sizing, limits, bands."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum, unique
from fnmatch import fnmatchcase
from types import MappingProxyType

from msgspec import Struct, field

from engine.core.values.market import MASTER, AccountName, Exchange

#: Per cent of a daily loss limit: warn, no new entries, close-only. A choice of ours.
DEFAULT_LADDER = (70, 85, 100)


@unique
class Mirror(StrEnum):
    """How closely a child follows an unfilled master order."""

    ORDERS = "orders"
    SWEEP = "sweep"
    FILLS = "fills"


@unique
class Sizing(StrEnum):
    """What the ratio of a follower means."""

    MULTIPLIER = "multiplier"
    FIXED_LOTS = "fixed_lots"
    EQUITY = "equity"
    FREE_MARGIN = "free_margin"


#: Sizings that need readings of what the accounts have.
BY_FUNDS = frozenset({Sizing.EQUITY, Sizing.FREE_MARGIN})


@unique
class Orphan(StrEnum):
    """What becomes of a copied holding left when the master is flat."""

    CLOSE = "close"
    ASK = "ask"


@unique
class LossAction(StrEnum):
    """What the last step of the loss ladder does."""

    CLOSE_ONLY = "close_only"
    FLATTEN = "flatten"


@unique
class Oversize(StrEnum):
    """What becomes of an entry over a limit."""

    SKIP = "skip"
    CUT = "cut"


class FollowerRules(Struct, frozen=True, kw_only=True, gc=False):
    """One follower's copying rules; pinned to each child when it is planned.

    Attributes:
        name: Lower-case name shown everywhere; not ``master``.
        user_id: Kite client id.
        enabled: False stops entries; exits follow until flat.
        ask_first: Entries are offered with Copy / Skip; exits never ask.
        multiplier: Ratio of quantities, > 0.
        segment_multipliers: Per exchange, >= 0, times ``multiplier``; 0 copies no entries.
        sizing: What the size of an entry is measured by.
        fixed_lots: Lots an order (units where there are no lots), > 0, for ``FIXED_LOTS``.
        segments: Exchanges this follower trades.
        symbols_allow: Globs on ``EXCHANGE:TRADINGSYMBOL``; empty allows all.
        symbols_block: Globs that are never entered.
        max_entry_age: Age of the master's fill after which an entry is not copied by itself.
        max_slippage_bps: Band round the master's price, basis points, equities and futures.
        option_slippage_bps: The same for options.
        basket_window: How long a sold option waits for its hedge; zero: it does not.
        unwind_bought_leg: Whether a bought leg is sold again when its sold leg is refused.
        market_protection: Kite's ``market_protection``: -1 (automatic) or per cent, > 0 to 100.
        max_daily_loss: Rupees, > 0; None: none. It binds entries, and with ``FLATTEN`` closes what is held.
        loss_ladder: Per cent of it at which people are warned, entries end, and only closing is left.
        loss_trailing: The loss is measured from the best profit of the day.
        max_order_quantity: Most units for one order of the master; None: no limit, as below. All bind
            entries only, never exits.
        max_order_value: Most rupees for one order of the master.
        max_position_value: Most rupees in one symbol and product.
        max_open_positions: Most symbols and products copied at a time.
        max_orders_per_day: Most entry orders a day, slices each.
        oversize: What becomes of an entry over one of them.
    """

    name: AccountName
    user_id: str
    enabled: bool = True
    ask_first: bool = False
    multiplier: Decimal = Decimal(1)
    segment_multipliers: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    sizing: Sizing = Sizing.MULTIPLIER
    fixed_lots: int = 1
    mirror: Mirror = Mirror.SWEEP
    segments: frozenset[Exchange] = frozenset(Exchange)
    symbols_allow: tuple[str, ...] = ()
    symbols_block: tuple[str, ...] = ()
    max_entry_age: timedelta = timedelta(seconds=10)
    max_slippage_bps: int = 100
    option_slippage_bps: int = 300
    market_protection: Decimal = Decimal(-1)
    orphan: Orphan = Orphan.CLOSE
    basket_window: timedelta = timedelta(milliseconds=150)
    unwind_bought_leg: bool = False
    max_daily_loss: Decimal | None = None
    loss_ladder: tuple[int, int, int] = DEFAULT_LADDER
    loss_action: LossAction = LossAction.CLOSE_ONLY
    loss_trailing: bool = False
    max_order_quantity: int | None = None
    max_order_value: Decimal | None = None
    max_position_value: Decimal | None = None
    max_open_positions: int | None = None
    max_orders_per_day: int | None = None
    oversize: Oversize = Oversize.SKIP

    def __post_init__(self) -> None:
        """Refuse rules that cannot be followed.

        Raises:
            ValueError: Out of range; the settings report it with the key and the mend.
        """
        if self.name == MASTER:
            raise ValueError("a follower may not be named master")
        if self.multiplier <= 0:
            raise ValueError("multiplier must be above 0")
        if self.fixed_lots <= 0:
            raise ValueError("fixed lots must be above 0")
        protection = self.market_protection
        if protection != -1 and not 0 < protection <= 100:
            raise ValueError("market protection is -1, or above 0 up to 100 per cent")

    @property
    def limits_entries(self) -> bool:
        """Whether any limit is set."""
        return (
            self.max_order_quantity is not None
            or self.max_order_value is not None
            or self.max_position_value is not None
            or self.max_open_positions is not None
            or self.max_orders_per_day is not None
        )

    def ratio(self, exchange: str) -> Decimal:
        """Return the multiplier on this exchange, with its segment's; 0 means no entries.

        With ``Sizing.MULTIPLIER`` these are follower units per master unit.
        """
        if not self.segment_multipliers:
            return self.multiplier
        return self.multiplier * self.segment_multipliers.get(exchange, Decimal(1))

    def allows(self, exchange: str, symbol: str) -> bool:
        """Return whether entries in ``EXCHANGE:SYMBOL`` pass the allow and block lists."""
        if not self.symbols_block and not self.symbols_allow:
            return True
        key = f"{exchange}:{symbol}"
        if any(fnmatchcase(key, glob) for glob in self.symbols_block):
            return False
        return not self.symbols_allow or any(fnmatchcase(key, glob) for glob in self.symbols_allow)
