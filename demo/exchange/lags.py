"""Faults in which one part of Kite is behind another.

A book that is behind its socket, or a socket behind its book, is ordinary at the open.
Source: Kite forum comments 43606 and 33971.
"""

from demo.exchange.faults import Meets, Operation, ReadFault, SocketFault, SocketTrouble, View


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


def _lags(
    operation: Operation, user_id: str | None, seconds: float, times: int | None
) -> ReadFault:
    meets = Meets(user_id=user_id, operation=operation, times=times)
    return ReadFault(meets=meets, view=View.STALE, seconds=seconds)
