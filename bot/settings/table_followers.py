"""Every setting of a follower; ``<NAME>`` is the follower's name, shown lower-cased."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum, unique

from bot.settings import addresses as address
from bot.settings import parsers as p
from bot.settings.key import SettingKey
from engine.core.values.market import Exchange
from engine.core.values.rules import LossAction, Mirror, Orphan, Oversize, Sizing
from engine.core.values.secrets import Secret


@unique
class Approve(StrEnum):
    """Whether entries are copied at once or offered in the chat."""

    AUTO = "auto"
    ASK = "ask"


def _most_rupees(field: str, what: str) -> SettingKey[Decimal | None]:
    """Return a limit on entries in rupees."""
    return SettingKey(
        name=f"FOLLOWERS__<NAME>__{field}",
        parse=p.optional(p.above_zero),
        default="none",
        unit="rupees",
        help=f"{what}; limits bind entries only, never exits.",
    )


def _most(field: str, unit: str, what: str) -> SettingKey[int | None]:
    """Return a limit on entries that counts."""
    return SettingKey(
        name=f"FOLLOWERS__<NAME>__{field}",
        parse=p.optional(p.whole(1, 1_000_000_000)),
        default="none",
        unit=unit,
        help=f"{what}; limits bind entries only, never exits.",
    )


USER_ID: SettingKey[str] = SettingKey(
    name="FOLLOWERS__<NAME>__USER_ID",
    parse=p.client_id,
    required=True,
    unit="Kite client id",
    help="The account that is copied to.",
)
API_KEY: SettingKey[str] = SettingKey(
    name="FOLLOWERS__<NAME>__API_KEY",
    parse=p.text,
    required=True,
    help="api_key of the follower's Kite Connect app.",
)
API_SECRET: SettingKey[Secret] = SettingKey(
    name="FOLLOWERS__<NAME>__API_SECRET",
    parse=p.secret,
    required=True,
    secret=True,
    help="api_secret of the follower's Kite Connect app.",
)
PROXY: SettingKey[Secret | None] = SettingKey(
    name="FOLLOWERS__<NAME>__PROXY",
    parse=p.optional(address.secret_url("http", "https", "socks5", "socks5h")),
    secret=True,
    marked_by="@",  # only with user:password@ in it
    unit="http, https or socks5 address",
    help="Way out for this account's requests, e.g. for its registered address.",
)
ENABLED: SettingKey[bool] = SettingKey(
    name="FOLLOWERS__<NAME>__ENABLED",
    parse=p.boolean,
    default="true",
    unit="true or false",
    help="false stops entries; exits follow until the account is flat.",
)
APPROVE: SettingKey[Approve] = SettingKey(
    name="FOLLOWERS__<NAME>__APPROVE",
    parse=p.choice(Approve),
    default="auto",
    unit="auto or ask",
    help="ask offers every entry in the chat; exits never ask.",
)
MULTIPLIER: SettingKey[Decimal] = SettingKey(
    name="FOLLOWERS__<NAME>__MULTIPLIER",
    parse=p.above_zero,
    default="1",
    unit="factor > 0",
    help="Follower's units per unit of the master, rounded toward zero to whole lots.",
)
SEGMENT_MULTIPLIERS: SettingKey[Mapping[str, Decimal]] = SettingKey(
    name="FOLLOWERS__<NAME>__SEGMENT_MULTIPLIERS",
    parse=p.segment_multipliers,
    default="{}",
    unit="JSON: exchange to factor >= 0",
    help='Times MULTIPLIER, e.g. {"NFO": "0.5", "MCX": "0"}; 0 copies no entries.',
)
SIZING: SettingKey[Sizing] = SettingKey(
    name="FOLLOWERS__<NAME>__SIZING",
    parse=p.choice(Sizing),
    default="multiplier",
    unit="multiplier, fixed_lots, equity or free_margin",
    help="What an entry's size is measured by: the master's units times MULTIPLIER; FIXED_LOTS for each of his "
    "orders; or his units times what this account has of what he has (equity or free margin at Kite), times MULTIPLIER.",
)
FIXED_LOTS: SettingKey[int] = SettingKey(
    name="FOLLOWERS__<NAME>__FIXED_LOTS",
    parse=p.whole(1, 100_000),
    default="1",
    unit="lots; units where there are no lots",
    help="For SIZING=fixed_lots: bought for each entry order of the master, once for a burst of them.",
)
MIRROR: SettingKey[Mirror] = SettingKey(
    name="FOLLOWERS__<NAME>__MIRROR",
    parse=p.choice(Mirror),
    default="sweep",
    unit="orders, sweep or fills",
    help="How closely an unfilled master order is followed.",
)
SEGMENTS: SettingKey[frozenset[Exchange]] = SettingKey(
    name="FOLLOWERS__<NAME>__SEGMENTS",
    parse=p.exchanges,
    default="NSE,BSE,NFO,BFO,MCX,CDS",
    unit="comma-separated exchanges",
    help="Where entries are copied.",
)
SYMBOLS_ALLOW: SettingKey[tuple[str, ...]] = SettingKey(
    name="FOLLOWERS__<NAME>__SYMBOLS_ALLOW",
    parse=p.comma_list(p.symbol_glob),
    unit="comma-separated globs on EXCHANGE:TRADINGSYMBOL",
    help="Enter only these, e.g. NFO:NIFTY*; empty allows all.",
)
SYMBOLS_BLOCK: SettingKey[tuple[str, ...]] = SettingKey(
    name="FOLLOWERS__<NAME>__SYMBOLS_BLOCK",
    parse=p.comma_list(p.symbol_glob),
    unit="comma-separated globs on EXCHANGE:TRADINGSYMBOL",
    help="Never enter these.",
)
MAX_ORDER_QUANTITY = _most("MAX_ORDER_QUANTITY", "units", "Largest single entry")
MAX_ORDER_VALUE = _most_rupees("MAX_ORDER_VALUE", "Largest value of a single entry")
MAX_POSITION_VALUE = _most_rupees("MAX_POSITION_VALUE", "Largest value of one position")
MAX_OPEN_POSITIONS = _most("MAX_OPEN_POSITIONS", "positions", "Most positions at a time")
MAX_ORDERS_PER_DAY = _most("MAX_ORDERS_PER_DAY", "orders", "Most entry orders in a day")
MAX_DAILY_LOSS: SettingKey[Decimal | None] = SettingKey(
    name="FOLLOWERS__<NAME>__MAX_DAILY_LOSS",
    parse=p.optional(p.above_zero),
    default="none",
    unit="rupees",
    help="Largest loss of a day, see LOSS_LADDER; limits bind entries only, never exits.",
)
OVERSIZE: SettingKey[Oversize] = SettingKey(
    name="FOLLOWERS__<NAME>__OVERSIZE",
    parse=p.choice(Oversize),
    default="skip",
    unit="skip or cut",
    help="What becomes of an entry over a limit.",
)
LOSS_ACTION: SettingKey[LossAction] = SettingKey(
    name="FOLLOWERS__<NAME>__LOSS_ACTION",
    parse=p.choice(LossAction),
    default="close_only",
    unit="close_only or flatten",
    help="What reaching MAX_DAILY_LOSS does; flatten squares off what is copied, and both end with the day.",
)
LOSS_TRAILING: SettingKey[bool] = SettingKey(
    name="FOLLOWERS__<NAME>__LOSS_TRAILING",
    parse=p.boolean,
    default="false",
    unit="true or false",
    help="Measure the loss from the day's high.",
)
LOSS_LADDER: SettingKey[tuple[int, int, int]] = SettingKey(
    name="FOLLOWERS__<NAME>__LOSS_LADDER",
    parse=p.loss_ladder,
    default="70,85,100",
    unit="three rising per cents of MAX_DAILY_LOSS",
    help="Warn, no new entries, close-only.",
)
MAX_ENTRY_AGE_S: SettingKey[int] = SettingKey(
    name="FOLLOWERS__<NAME>__MAX_ENTRY_AGE_S",
    parse=p.whole(1, 3600),
    default="10",
    unit="seconds, 1 to 3600",
    help="An entry older than this since the master's fill is not copied by itself.",
)
MAX_SLIPPAGE_BPS: SettingKey[int | None] = SettingKey(
    name="FOLLOWERS__<NAME>__MAX_SLIPPAGE_BPS",
    parse=p.optional(p.whole(1, 5000)),
    unit="basis points, 1 to 5000",
    help="Band round the master's price, never under 5 ticks; empty: 100, for options 300.",
)
MARKET_PROTECTION: SettingKey[Decimal] = SettingKey(
    name="FOLLOWERS__<NAME>__MARKET_PROTECTION",
    parse=p.market_protection,
    default="-1",
    unit="-1, or per cent above 0 to 100",
    help="As in Kite; -1 lets Kite choose.",
)
ORPHAN: SettingKey[Orphan] = SettingKey(
    name="FOLLOWERS__<NAME>__ORPHAN",
    parse=p.choice(Orphan),
    default="close",
    unit="close or ask",
    help="What becomes of a copied holding left when the master is flat.",
)

FOLLOWER_KEYS: tuple[SettingKey[object], ...] = (
    USER_ID,
    API_KEY,
    API_SECRET,
    PROXY,
    ENABLED,
    APPROVE,
    MULTIPLIER,
    SEGMENT_MULTIPLIERS,
    SIZING,
    FIXED_LOTS,
    MIRROR,
    SEGMENTS,
    SYMBOLS_ALLOW,
    SYMBOLS_BLOCK,
    MAX_ORDER_QUANTITY,
    MAX_ORDER_VALUE,
    MAX_POSITION_VALUE,
    MAX_OPEN_POSITIONS,
    MAX_ORDERS_PER_DAY,
    MAX_DAILY_LOSS,
    OVERSIZE,
    LOSS_ACTION,
    LOSS_TRAILING,
    LOSS_LADDER,
    MAX_ENTRY_AGE_S,
    MAX_SLIPPAGE_BPS,
    MARKET_PROTECTION,
    ORPHAN,
)
