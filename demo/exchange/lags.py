"""Faults in which one part of Kite is behind another, or all of it is slow or gone for one account.

A book that is behind its socket, or a socket behind its book, is ordinary at the open.
Source: Kite forum comments 43606 and 33971.
"""

from datetime import datetime

from demo.exchange.faults import (
    Answer,
    Booking,
    Fault,
    Meets,
    Operation,
    ReadFault,
    SocketFault,
    SocketTrouble,
    View,
    WriteFault,
)


def book_lags(user_id: str | None = None, *, seconds: float, times: int | None = None) -> ReadFault:
    """Show orders as they stood `seconds` ago; sockets are not behind."""
    return _lags(Operation.ORDERS, user_id, seconds, times)


def positions_lag(
    user_id: str | None = None, *, seconds: float, times: int | None = None
) -> ReadFault:
    """Show positions as they stood `seconds` ago; the book is not behind."""
    return _lags(Operation.POSITIONS, user_id, seconds, times)


def margins_lag(
    user_id: str | None = None, *, seconds: float, times: int | None = None
) -> ReadFault:
    """Show funds as they stood `seconds` ago."""
    return _lags(Operation.MARGINS, user_id, seconds, times)


def socket_lags(
    user_id: str | None = None, *, seconds: float, times: int | None = None
) -> SocketFault:
    """Send order frames `seconds` late; the book is not behind."""
    meets = Meets(user_id=user_id, operation=Operation.FRAME, times=times)
    return SocketFault(meets=meets, trouble=SocketTrouble.DELAY, seconds=seconds)


def slow(user_id: str, *, seconds: float, until: datetime | None = None) -> tuple[Fault, ...]:
    """Answer everything an account asks `seconds` late; what it asks for is done at once.

    Frames of its orders are as late; other accounts notice nothing.
    """
    meets = Meets(user_id=user_id, times=None, until=until)
    frames = Meets(user_id=user_id, operation=Operation.FRAME, times=None, until=until)
    return (
        WriteFault(meets=meets, delay_s=seconds),
        ReadFault(meets=meets, delay_s=seconds),
        SocketFault(meets=frames, trouble=SocketTrouble.DELAY, seconds=seconds),
    )


def down(
    user_id: str, *, until: datetime | None = None, answer: Answer = Answer.CLOSED
) -> tuple[Fault, ...]:
    """Answer nothing of an account, place none of its orders, and close its sockets.

    Conversions and GTTs are done all the same; only their answers are lost.
    """
    meets = Meets(user_id=user_id, times=None, until=until)
    beat = Meets(user_id=user_id, operation=Operation.BEAT, times=None, until=until)
    connect = Meets(user_id=user_id, operation=Operation.CONNECT, times=None, until=until)
    error = (503, "NetworkException", "Kite is not available.")
    return (
        WriteFault(meets=meets, booking=Booking.NEVER, answer=answer, status=503, error=error),
        ReadFault(meets=meets, answer=answer, status=503, error=error),
        SocketFault(meets=beat, trouble=SocketTrouble.CLOSE),
        SocketFault(meets=connect, trouble=SocketTrouble.REFUSE, error=error),
    )


def _lags(
    operation: Operation, user_id: str | None, seconds: float, times: int | None
) -> ReadFault:
    meets = Meets(user_id=user_id, operation=operation, times=times)
    return ReadFault(meets=meets, view=View.STALE, seconds=seconds)
