"""Faults as data: which call they meet, and what goes wrong then.

A write fault is any booking (now, never, later) with any answer (true, lost, 5xx, 400 "timed
out", …); a read fault any view of the book with any answer; a socket fault something that befalls
frames or the connection. The functions at the end name the usual ones.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TypeAlias

from demo.exchange.fault_words import Answer, Booking, Operation, SocketTrouble, View
from demo.exchange.ledger import Act
from demo.exchange.link import Link
from demo.exchange.wire import KiteError

# A fault is told in these words, so they may be had from here.
__all__ = [
    "OPERATION_OF", "TIMED_OUT", "UNHEARD_OF", "Answer", "Booking", "Call", "Fault", "Meets", "Operation",
    "ReadFault", "SocketFault", "SocketTrouble", "View", "WriteFault", "answer_lost",
    "exchange_refuses", "late_in_book", "never_arrives", "refused", "server_error", "stuck",
    "timed_out", "unknown_at_first",
]  # fmt: skip


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
        unknown_s: Seconds for which it does not exist at all, not even to who would change it.
        delay_s: Seconds before the answer leaves.
        fills_first: The order fills whole just before a modification or cancellation arrives,
            which is accepted all the same.
        received_s: Seconds a placed order shows ``PUT ORDER REQ RECEIVED``, before RMS sees it.
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
    unknown_s: float = 0.0
    delay_s: float = 0.0
    fills_first: bool = False
    received_s: float = 0.0
    stuck_s: float = 0.0
    exchange_says: str | None = None
    failing_slices: frozenset[int] = frozenset()

    @property
    def link(self) -> Link:
        """How the request fares between Kite and the exchange."""
        return Link(
            received_s=self.received_s,
            pending_s=self.stuck_s,
            refusal=self.exchange_says,
            hidden_s=self.hidden_s,
            unknown_s=self.unknown_s,
        )

    @property
    def words(self) -> str:
        """What is wrong, in words for the ledger; what is as ever is left out."""
        more = [
            f"{each.name} {getattr(self, each.name)}"
            for each in fields(self)
            if each.name not in {"meets", "booking", "answer"}
            and getattr(self, each.name) != each.default
        ]
        return ", ".join([f"booking {self.booking}", f"answer {self.answer}", *more])


#: A status that no list of Kite's names; the docs say that there may be others.
UNHEARD_OF = "AFTER AUCTION REVIEW PENDING"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFault:
    """Something wrong with a read; fields as in `WriteFault`, and what `View.ODD_STATUS` shows."""

    meets: Meets
    view: View = View.TRUE
    odd_status: str = UNHEARD_OF
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


def unknown_at_first(meets: Meets, *, seconds: float) -> WriteFault:
    """Accept the order, which then does not exist for anybody who asks within `seconds`.

    Source: Kite forum comment 48691 (within milliseconds of the placement).
    """
    return WriteFault(meets=meets, unknown_s=seconds)


def exchange_refuses(meets: Meets, message: str, *, after_s: float = 0.0) -> WriteFault:
    """Accept the request, and let the exchange refuse it in these words `after_s` later."""
    return WriteFault(meets=meets, stuck_s=after_s, exchange_says=message)
