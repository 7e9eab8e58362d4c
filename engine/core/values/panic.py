"""A /panic: everything copied is squared off, and how far that has come."""

from datetime import datetime

from msgspec import Struct

from engine.core.values.market import AccountName, Venue

#: Its card is drawn under ``panic:<when it began>``, so that a later one has a message of its own.
_TOPIC = "panic:"


class Panic(Struct, frozen=True, kw_only=True, gc=False):
    """The newest panic of the day.

    Attributes:
        venue: Whose copies are squared off.
        at: When a person confirmed it.
        user_id: Who did: a Telegram user id, or 0 for the local command line.
        name: That person's name.
        ended_at: When nothing was left to be done; None while it goes on.
    """

    venue: Venue
    at: datetime
    user_id: int
    name: str
    ended_at: datetime | None = None

    @property
    def topic(self) -> str:
        """What its card is told under."""
        return f"{_TOPIC}{self.at:%Y%m%d%H%M%S}"


class PanicLine(Struct, frozen=True, kw_only=True, gc=False):
    """How far one follower has come.

    Attributes:
        settled: Whether nothing more can be done for it by itself.
        flat: Whether that was proved: nothing copied is held, nothing works, and positions that were
            read afterwards show none of it.
        text: What is left, or how it was proved, in plain words.
    """

    follower: AccountName
    settled: bool
    flat: bool
    text: str


def is_panic_topic(topic: str) -> bool:
    """Return whether a notice is the card of a panic."""
    return topic.startswith(_TOPIC)
