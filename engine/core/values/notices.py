"""Things a person should know, and why an order was not copied."""

from datetime import datetime
from enum import StrEnum, unique

from msgspec import Struct

from engine.core.values.market import AccountName, OrderId, Venue

#: What is told of alerts that nobody acknowledged belongs to this; it does not escalate itself.
ESCALATION_TOPIC = "escalation"


@unique
class Severity(StrEnum):
    """How loud a notice is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


@unique
class SkipReason(StrEnum):
    """Why a follower got no order for a master order; shown to the user as is."""

    NOT_COPYING = "copying was stopped"
    PAUSED = "follower is paused"
    DISABLED = "follower is disabled"
    KILL_SWITCH = "kill switch is set"
    FENCED = "entries are frozen: another copy of this program, or a store of the past"
    CLOCK = "this machine's clock is more than 30 s wrong"
    NOT_ARMED = "LIVE entries are not armed"
    NO_SESSION = "no session: log in"
    BEFORE_START = "begun before copying started"
    ZERO_LOTS = "less than one lot at this multiplier"
    FUNDS_UNKNOWN = "the funds it is sized by are not known"
    NO_FUNDS = "no funds to size it by"
    SAME_BURST = "the fixed lots were copied once for this burst of orders"
    SEGMENT = "segment not enabled for this follower"
    BROKER_SEGMENT = "segment not enabled at the broker for this account"
    SYMBOL_BLOCKED = "symbol not allowed for this follower"
    MULTIPLIER_ZERO = "multiplier is 0 for this segment"
    UNKNOWN_INSTRUMENT = "not in today's instruments"
    OLD_INSTRUMENTS = "today's list of instruments is not loaded yet"
    UNKNOWN_EXCHANGE = "exchange not copied"
    UNKNOWN_PRODUCT = "product not copied"
    ORDER_KIND = "order kind not copied yet"
    VARIETY = "order variety not copied"
    COVER_ORDER = "cover orders are not copied"
    AUCTION_ORDER = "auction orders are not copied"
    LIMIT = "over a limit"
    SESSION = "its exchange takes no such entry now"
    STALE = "too old to enter"
    LOSS_LIMIT = "daily loss limit"
    LOSS_UNSEEN = "without prices its loss of the day cannot be seen"
    MASTER_REJECTED = "master's order was rejected"
    MASTER_CANCELLED = "master cancelled before it was copied"
    NOTHING_HELD = "nothing copied is held, so there is nothing to exit"
    MASTER_EXITED = "master was out again before it was copied"
    SHORT_DELIVERY = "delivery shares cannot be sold short"
    DETACHED = "the copied holding was handed back to its owner"
    CIRCLE = (
        "another copier placed it right after our copy of the same: it would go round without end"
    )
    AWAITS_APPROVAL = "waits for Copy or Skip in the chat"
    NOT_APPROVED = "not approved in the chat"
    HEDGE_REFUSED = "its hedge was not bought"
    MARGIN = "margin is short for the legs of its basket"
    UNWOUND = "unwound, since the sold leg was refused"
    PRODUCT_UNCLEAR = "his positions did not tell in time whether he converted"


@unique
class NoticeKind(StrEnum):
    """Whether a notice is a card, edited in place, or a message of its own."""

    CARD = "card"
    ALERT = "alert"
    OFFER = "offer"  #: An offer has ended: its messages are drawn anew, without buttons.


class Notice(Struct, frozen=True, kw_only=True, gc=False):
    """One thing to tell.

    Attributes:
        notice_id: Rises by one per notice, never reused.
        kind: ``CARD``: the copy of one master order, to be drawn anew from its latest view and
            edited in place; or what ``text`` says, as how far a /panic is. ``ALERT``: a message of its own, with sound unless ``INFO``.
        topic: What belongs together: ``copy:<venue>:<master order id>``, ``account:<name>``, ``engine``.
        text: One or more plain lines without markup; the renderer escapes them. Empty for cards of orders.
        needs_human: Whether it stays open until someone settles it.
        offer: The offer that is put under it, or that is to be drawn anew; None where there is none.
    """

    notice_id: int
    at: datetime
    venue: Venue
    kind: NoticeKind
    severity: Severity
    topic: str
    text: str = ""
    follower: AccountName | None = None
    master_order_id: OrderId | None = None
    needs_human: bool = False
    offer: int | None = None
