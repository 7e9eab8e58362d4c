"""Faults as data: which call they meet, and what goes wrong then.

A write fault is any booking (now, never, later) with any answer (true, lost, 5xx, 400 "timed
out", …); a read fault any view of the book with any answer; a socket fault something that befalls
frames or the connection. The functions at the end name the usual ones.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from typing import TypeAlias

from demo.exchange.ledger import Act
from demo.exchange.link import Link
from demo.exchange.wire import KiteError


@unique
class Operation(StrEnum):
    """What a call is for."""

    PLACE = "place"
    MODIFY = "modify"
    CANCEL = "cancel"
    ORDERS = "orders"
    HISTORY = "history"
    TRADES = "trades"
    POSITIONS = "positions"
    HOLDINGS = "holdings"
    MARGINS = "margins"
    PROFILE = "profile"
    INSTRUMENTS = "instruments"
    QUOTES = "quotes"
    GTT_READ = "gtt_read"
    GTT_PLACE = "gtt_place"
    GTT_MODIFY = "gtt_modify"
    GTT_DELETE = "gtt_delete"
    CONVERT = "convert"  #: of a position's product
    AUTHORISE = "authorise"  #: of holdings, at the depository
    CANDLES = "candles"
    ORDER_MARGINS = "order_margins"
    BASKET_MARGINS = "basket_margins"
    CHARGES = "charges"
    LOGIN = "login"
    LOGOUT = "logout"
    CONNECT = "connect"  #: a socket's upgrade
    FRAME = "frame"  #: an order frame to one user
    BEAT = "beat"  #: a heartbeat of one socket


@dataclass(frozen=True, slots=True, kw_only=True)
class Meets:
    """Which calls a fault meets; what is None does not matter.

    Attributes:
        user_id: The account.
        operation: What the call is for.
        tag: Tag of the order.
        nth: The first matching call that is met, counted from 1.
        times: How many matching calls are met from there; None is all.
        after: Not before this moment.
        until: Not at this moment or later.
    """

    user_id: str | None = None
    operation: Operation | None = None
    tag: str | None = None
    nth: int = 1
    times: int | None = 1
    after: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call, as far as faults look at it."""

    user_id: str | None
    operation: Operation
    tag: str | None
    at: datetime


@unique
class Booking(StrEnum):
    """Whether a write takes effect."""

    NOW = "now"
    NEVER = "never"
    LATER = "later"


@unique
class Answer(StrEnum):
    """What the client is told."""

    TRUE = "true"
    LOST = "lost"  #: nothing, until the client gives up
    CLOSED = "closed"  #: the connection closes without an answer
    RESET = "reset"  #: the connection is reset without an answer
    CUT = "cut"  #: reset after half of the body
    TRUNCATED = "truncated"  #: half of the JSON, in a well-formed HTTP answer
    EMPTY = "empty"  #: 200 without a body
    WRONG_TYPE = "wrong_type"  #: the true JSON, called text/plain
    NO_DATA = "no_data"  #: a success without the key `data`
    NULL_DATA = "null_data"  #: a success whose `data` is null
    ARRAY = "array"  #: a JSON array where an object is due
    FALSE_ALARM = "false_alarm"  #: `status`, though the body says success
    HTML = "html"  #: `status` with an HTML body, as a proxy answers
    ERROR = "error"  #: the given error envelope


@unique
class View(StrEnum):
    """What a read shows."""

    TRUE = "true"
    EMPTY = "empty"  #: no rows
    PARTIAL = "partial"  #: the oldest half of the rows
    STALE = "stale"  #: as it stood `seconds` ago, or at `Meets.after` where that is 0
    NO_TAGS = "no_tags"  #: `tag` null and `tags` absent
    BARE = "bare"  #: without the keys that Kite sometimes leaves out
    EXTRA = "extra"  #: with keys that no document names
    ODD_STATUS = "odd_status"  #: orders that live have a status nobody has heard of
    TIME_ONLY = "time_only"  #: time stamps are times of day


@unique
class SocketTrouble(StrEnum):
    """What befalls a socket."""

    LOSE = "lose"  #: the frame is never sent
    DOUBLE = "double"  #: the frame is sent twice
    DELAY = "delay"  #: the frame is sent `seconds` later
    SWAP = "swap"  #: the frame is sent after the user's next one
    STRANGE = "strange"  #: the frame has unknown keys and lacks some that are known
    GARBLED = "garbled"  #: the frame is half a JSON text
    FOREIGN = "foreign"  #: the frame has a type nobody has heard of
    CLOSE = "close"  #: the connection breaks off (1006)
    SILENT = "silent"  #: half open: no frame and no heartbeat from now on, but no close either
    REFUSE = "refuse"  #: the upgrade is answered with `error`


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteFault:
    """Something wrong with a place, modify or cancel request.

    Attributes:
        meets: Which requests.
        booking: Whether it takes effect.
        answer: What the client is told.
        status: With `Answer.HTML`.
        error: With `Answer.ERROR`: HTTP status, error type and message.
        seconds: With `Booking.LATER`: how much later.
        hidden_s: Seconds for which a placed order is missing from every read.
        delay_s: Seconds before the answer leaves.
        fills_first: The order fills whole just before a modification or cancellation arrives,
            which is accepted all the same.
        stuck_s: Seconds the request is stuck between Kite and the exchange; the order shows
            ``OPEN PENDING``, ``MODIFY PENDING`` or ``CANCEL PENDING`` all the while.
        exchange_says: The exchange's words where it refuses what Kite accepted: a placement ends
            REJECTED, a modified or cancelled order rests again as it did.
        failing_slices: Children of an autoslice (from 1) that are refused with `error`.
    """

    meets: Meets
    booking: Booking = Booking.NOW
    answer: Answer = Answer.TRUE
    status: int = 502
    error: tuple[int, str, str] = (500, "GeneralException", "Something went wrong.")
    seconds: float = 0.0
    hidden_s: float = 0.0
    delay_s: float = 0.0
    fills_first: bool = False
    stuck_s: float = 0.0
    exchange_says: str | None = None
    failing_slices: frozenset[int] = frozenset()

    @property
    def link(self) -> Link:
        """How the request fares between Kite and the exchange."""
        return Link(pending_s=self.stuck_s, refusal=self.exchange_says)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFault:
    """Something wrong with a read; fields as in `WriteFault`."""

    meets: Meets
    view: View = View.TRUE
    answer: Answer = Answer.TRUE
    status: int = 502
    error: tuple[int, str, str] = (500, "GeneralException", "Something went wrong.")
    seconds: float = 0.0
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketFault:
    """Something wrong with a socket or a frame; `status_of_order` narrows it to such frames."""

    meets: Meets
    trouble: SocketTrouble
    status_of_order: str | None = None
    seconds: float = 0.0
    error: tuple[int, str, str] = (403, "TokenException", "Incorrect `api_key` or `access_token`.")


Fault: TypeAlias = WriteFault | ReadFault | SocketFault


#: What Kite said with HTTP 400 while both orders were placed eight seconds later.
#: Source: Kite forum comment 35732.
TIMED_OUT = "Order request timed out. Please check the order book and confirm before placing again."

#: Which operation an act is.
OPERATION_OF = {
    Act.PLACE: Operation.PLACE,
    Act.MODIFY: Operation.MODIFY,
    Act.CANCEL: Operation.CANCEL,
}


def answer_lost(meets: Meets, *, answer: Answer = Answer.LOST) -> WriteFault:
    """Book the request but never answer (or close, reset, cut the answer)."""
    return WriteFault(meets=meets, answer=answer)


def never_arrives(meets: Meets, *, answer: Answer = Answer.LOST) -> WriteFault:
    """Lose the request before it is booked, without an answer."""
    return WriteFault(meets=meets, booking=Booking.NEVER, answer=answer)


def refused(meets: Meets, error: KiteError) -> WriteFault:
    """Refuse the request, unbooked, with any error: 429, 403 token, 403 IP, a margin text."""
    return WriteFault(
        meets=meets,
        booking=Booking.NEVER,
        answer=Answer.ERROR,
        error=(error.status, error.error_type, error.message),
    )


def late_in_book(meets: Meets, *, seconds: float) -> WriteFault:
    """Accept the order and answer truly, but show it to reads only `seconds` later."""
    return WriteFault(meets=meets, hidden_s=seconds)


def timed_out(meets: Meets, *, booked_after_s: float | None) -> WriteFault:
    """Answer HTTP 400 "timed out"; book it after `booked_after_s` seconds, or never (None)."""
    booking = Booking.NEVER if booked_after_s is None else Booking.LATER
    return WriteFault(
        meets=meets,
        booking=booking,
        answer=Answer.ERROR,
        seconds=booked_after_s or 0.0,
        error=(400, "InputException", TIMED_OUT),
    )


def server_error(meets: Meets, *, status: int = 502, booked: bool, html: bool = True) -> WriteFault:
    """Answer 5xx, as HTML or as an error envelope, with the request booked or not."""
    return WriteFault(
        meets=meets,
        booking=Booking.NOW if booked else Booking.NEVER,
        answer=Answer.HTML if html else Answer.ERROR,
        status=status,
        error=(status, "GeneralException" if status == 500 else "NetworkException", "Try later."),
    )


def stuck(meets: Meets, *, seconds: float) -> WriteFault:
    """Accept the request, which then takes `seconds` to reach the exchange.

    Source: Zerodha bulletin of 2023-07-07 (the link to BSE); Kite forum comment 41029.
    """
    return WriteFault(meets=meets, stuck_s=seconds)


def exchange_refuses(meets: Meets, message: str, *, after_s: float = 0.0) -> WriteFault:
    """Accept the request, and let the exchange refuse it in these words `after_s` later."""
    return WriteFault(meets=meets, stuck_s=after_s, exchange_says=message)
