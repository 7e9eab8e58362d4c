"""What waits for the bot: updates with ids, kept until the bot acknowledges them."""

from collections.abc import Callable
from dataclasses import dataclass

#: Decoded JSON object as it goes over the wire.
JsonObject = dict[str, object]

FIRST_UPDATE_ID = 100_001
"""Any positive number would do; Telegram starts "from a certain positive number"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One thing that happened in a chat.

    Attributes:
        update_id: Positive, rising by one.
        kind: ``message``, ``edited_message``, ``callback_query``, …
        payload: The object under that name, ready for JSON.
    """

    update_id: int
    kind: str
    payload: JsonObject

    def as_json(self) -> JsonObject:
        """Return the update as ``getUpdates`` lists it."""
        return {"update_id": self.update_id, self.kind: self.payload}


class UpdateQueue:
    """Updates in order, delivered again and again until an offset beyond them arrives.

    Source: Telegram Bot API, getUpdates: "An update is considered confirmed as soon as getUpdates
    is called with an offset higher than its update_id."
    """

    def __init__(self, *, first_id: int = FIRST_UPDATE_ID) -> None:
        self._next_id = first_id
        self._pending: list[Update] = []
        self._confirmed: list[Update] = []
        self._allowed: frozenset[str] | None = None
        self._listeners: list[Callable[[], None]] = []

    @property
    def pending(self) -> tuple[Update, ...]:
        """Updates that the bot has not acknowledged, oldest first."""
        return tuple(self._pending)

    def on_arrival(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` whenever something new waits."""
        self._listeners.append(listener)

    def allow(self, kinds: list[str]) -> None:
        """Queue only these kinds from now on; an empty list means all of them again."""
        self._allowed = frozenset(kinds) or None

    def add(self, kind: str, payload: JsonObject) -> int:
        """Queue an update and return its id; one of a kind the bot did not ask for is lost."""
        update = Update(update_id=self._next_id, kind=kind, payload=payload)
        self._next_id += 1
        if self._allowed is None or kind in self._allowed:
            self._pending.append(update)
            self._tell()
        return update.update_id

    def fetch(self, offset: int = 0, *, limit: int = 100) -> list[JsonObject]:
        """Confirm what lies before ``offset`` and list what waits.

        Args:
            offset: First ``update_id`` wanted; 0 confirms nothing; negative counts from the end
                and confirms everything before.
            limit: Most updates to list, 1 to 100.
        """
        if offset < 0:
            self._confirm(max(0, len(self._pending) + offset))
        elif offset > 0:
            self._confirm(sum(1 for update in self._pending if update.update_id < offset))
        return [update.as_json() for update in self._pending[:limit]]

    def drop_pending(self) -> None:
        """Forget everything that waits, as ``deleteWebhook(drop_pending_updates=True)`` does."""
        self._confirm(len(self._pending))

    def rewind(self, update_id: int) -> None:
        """Make everything from ``update_id`` wait again, as if the acknowledgement was lost."""
        again = [update for update in self._confirmed if update.update_id >= update_id]
        self._confirmed = [update for update in self._confirmed if update.update_id < update_id]
        self._pending[:0] = again
        if again:
            self._tell()

    def _confirm(self, count: int) -> None:
        self._confirmed.extend(self._pending[:count])
        del self._pending[:count]

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()
