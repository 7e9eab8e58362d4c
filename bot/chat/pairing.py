"""Takes pairing codes: of strangers, in silence, and of those who are known."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from msgspec.structs import replace

from bot.chat.cockpit import Cockpit
from bot.chat.incoming import Incoming
from bot.chat.pairing_code import read_code
from bot.chat.people import People
from bot.chat.spoken import cleaned, command_word
from engine.clock import Clock
from engine.core.values.control import PairPerson
from engine.core.values.people import GUESSES_COUNT_FOR, MOST_GUESSES

_HOUR_S = GUESSES_COUNT_FOR.total_seconds()
_REMEMBERED = 1_000
#: ``/start`` carries what a link ``t.me/BOT?start=…`` was made with.
_WORDS = frozenset({"pair", "start"})
_WRONG = "that code is wrong, used or expired. Ask an owner for a new one."


class Codes(Protocol):
    """What is asked of the engine about codes; ``ChatDesk`` is this."""

    def invites(self, digest: str) -> bool:
        """Return whether a code of this digest would work now."""
        ...

    def pairing_guesses(self, user_id: int) -> int:
        """Return the guesses of a person that were kept within an hour."""
        ...

    def pairing_failed(self, user_id: int) -> None:
        """Keep one more; returns at once."""
        ...


class Pairing:
    """Counts guesses and has right codes taken.

    Args:
        people: Who is known.
        clock: Ends the hour.
        desk: Knows the codes that work now, and keeps guesses over restarts.
        changed: Told whose role is another now.
    """

    def __init__(
        self,
        people: People,
        clock: Clock,
        desk: Codes,
        changed: Callable[[int], None],
    ) -> None:
        self._people = people
        self._clock = clock
        self._desk = desk
        self._changed = changed
        self._wrong: OrderedDict[int, list[float]] = OrderedDict()

    def right_code(self, user_id: int, text: str) -> str | None:
        """Return the digest of a code that works now; a wrong one counts as a guess.

        Args:
            user_id: Who sent it.
            text: ``/pair CODE`` or ``/start CODE``.
        """
        digest = self._readable(user_id, text)
        if digest is not None and self._desk.invites(digest):
            return digest
        if code_in(text) is not None:
            self._note_guess(user_id)
        return None

    async def take(self, cockpit: Cockpit, ask: Incoming) -> None:
        """Pair whoever sent a code that works; to a stranger whose code does not, nothing is said.

        Of somebody who is known the engine is asked in any case: the message may have come again, after
        a kill, and have paired him already.
        """
        user_id = ask.by.user_id
        digest = self._readable(user_id, ask.text)
        invited = digest is not None and self._desk.invites(digest)
        if digest is None or not (invited or self._people.role(user_id) is not None):
            self._note_guess(user_id)
            if self._people.role(user_id) is not None:
                cockpit.tell(ask, _WRONG, mark="⚠️")
            return
        by = replace(ask.by, name=" ".join(cleaned(ask.by.name).split())[:40] or str(user_id))
        reply = await cockpit.desk.ask(
            PairPerson(digest=digest), by=by, update_id=ask.update_id, sent_at=ask.sent_at
        )
        if reply.accepted:
            self._wrong.pop(user_id, None)
            self._changed(user_id)
        elif not invited and not reply.duplicate:
            self._note_guess(user_id)
        if self._people.role(user_id) is not None:
            cockpit.tell_reply(ask, reply, mark="🟢" if reply.accepted else "⚠️")

    def _readable(self, user_id: int, text: str) -> str | None:
        """Return the digest of a code, unless its sender has guessed enough."""
        given = code_in(text)
        if given is None or self._has_guessed_enough(user_id):
            return None
        return read_code(given)

    def _has_guessed_enough(self, user_id: int) -> bool:
        # What is kept lags by a moment, of which many messages at once could make use.
        guesses = max(len(self._recent(user_id)), self._desk.pairing_guesses(user_id))
        return guesses >= MOST_GUESSES

    def _recent(self, user_id: int) -> list[float]:
        now = self._clock.monotonic()
        return [at for at in self._wrong.get(user_id, ()) if now - at < _HOUR_S]

    def _note_guess(self, user_id: int) -> None:
        recent = self._recent(user_id)
        if len(recent) >= MOST_GUESSES:
            return
        self._wrong[user_id] = [*recent, self._clock.monotonic()]
        self._wrong.move_to_end(user_id)
        while len(self._wrong) > _REMEMBERED:
            self._wrong.popitem(last=False)
        self._desk.pairing_failed(user_id)


def code_in(text: str) -> str | None:
    """Return what follows ``/pair`` or ``/start``, or None where that is nothing."""
    text = cleaned(text)
    if not text.startswith("/") or command_word(text).lower() not in _WORDS:
        return None
    words = text.split(maxsplit=1)
    return words[1] if len(words) > 1 else None
