"""How far this machine's clock is from the broker's, by the ``Date`` of an answer."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

#: A Date names whole seconds (RFC 9110, 5.6.7): the answer was made within this much after it.
_WHOLE = timedelta(seconds=1)


def clock_ahead(date: bytes, *, asked_at: datetime, answered_at: datetime) -> timedelta | None:
    """Return by how much our clock is ahead of the server's at least; negative: behind; zero: it may be right.

    The answer was dated somewhere between the question and its arrival, so that a slow answer
    never makes a difference of its own.

    Args:
        date: The header as received.
        asked_at: Our clock when the request was handed over.
        answered_at: Our clock when the answer was there.

    Returns:
        None where there is no such header, or none that can be read.
    """
    if not date:
        return None
    try:
        dated = parsedate_to_datetime(date.decode("latin-1"))
    except ValueError:
        return None
    if dated.tzinfo is None or answered_at < asked_at:
        # Without a zone it says nothing; and our clock was set back while we waited.
        return None
    nothing = timedelta()
    return max(asked_at - dated - _WHOLE, nothing) or min(answered_at - dated, nothing)
