"""A login that was offered and has not happened yet."""

from datetime import date, datetime

from msgspec import Struct

from engine.core.values.market import AccountName

#: Who is still to be logged in; the chat puts a button for each below what is told under it.
LOGINS_TOPIC = "logins"
#: The card that leads through a morning; one a day.
_MORNING = "morning:"


def morning_topic(day: date) -> str:
    """Return the topic of a day's morning card."""
    return f"{_MORNING}{day.isoformat()}"


def is_morning_topic(topic: str) -> bool:
    """Return whether a topic is of a morning card."""
    return topic.startswith(_MORNING)


class PendingLogin(Struct, frozen=True, kw_only=True, gc=False):
    """The one login button of an account that may still be used.

    Attributes:
        digest: SHA-256 of the state in its address, so that whoever reads the store cannot log in.
        until: When it ends.
        user_id: Who asked for it; 0 for nobody in the chat.
        by: Their name.
        asked_in: The update that asked for it, so that the same one, delivered again, leaves it alone.
    """

    account: AccountName
    digest: str
    until: datetime
    user_id: int
    by: str
    asked_in: int | None = None
