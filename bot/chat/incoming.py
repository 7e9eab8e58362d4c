"""What a person asked, freed of the wire."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.chat.posts import Deletion
from engine.core.values.control import Requester


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One message or tap of an admitted person.

    Attributes:
        update_id: Telegram's number of the update; acts at most once.
        by: Who asked.
        chat_id: The private chat to answer in.
        message_id: Their message, or the message that carries the tapped button.
        sent_at: When they sent it; for a tap, when it was read.
        text: Their words, or the tapped command.
        refresh: Whether the answer replaces the message that carries the tapped button.
        deletion: Set where their message is being deleted; the answer says how that ended.
    """

    update_id: int
    by: Requester
    chat_id: int
    message_id: int
    sent_at: datetime
    text: str
    refresh: bool = False
    deletion: Deletion | None = None

    @property
    def args(self) -> tuple[str, ...]:
        """The words after the command."""
        return tuple(self.text.split()[1:])

    def saying(self, text: str) -> "Incoming":
        """Return the same asking with other words."""
        return replace(self, text=text)
