"""Takes pairing codes: of strangers, in silence, and of those who are known."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from bot.chat.cockpit import Cockpit
from bot.chat.incoming import Incoming
from bot.chat.pairing_code import read_code
from bot.chat.people import People
from bot.chat.spoken import cleaned, command_word
from engine.clock import Clock
from engine.core.values.control import PairPerson

#: Wrong codes of one person within an hour; after that none of his is looked at.
MOST_GUESSES = 5
_HOUR_S = 3600.0
_REMEMBERED = 1_000
#: ``/start`` carries what a link ``t.me/BOT?start=…`` was made with.
_WORDS = frozenset({"pair", "start"})
_WRONG = "that code is wrong, used or expired. Ask an owner for a new one."


class Pairing:
    """Counts guesses and has right codes taken.

    Args:
        people: Who is known.
        clock: Ends the hour.
        invites: Whether a code of a digest would work now.
        changed: Told whose role is another now.
    """

    def __init__(
        self,
        people: People,
        clock: Clock,
        invites: Callable[[str], bool],
        changed: Callable[[int], None],
    ) -> None:
        self._people = people
        self._clock = clock
        self._invites = invites
        self._changed = changed
        self._wrong: OrderedDict[int, list[float]] = OrderedDict()

    def right_code(self, user_id: int, text: str) -> str | None:
        """Return the digest of a code that works now; a wrong one counts as a guess.

        Args:
            user_id: Who sent it.
            text: ``/pair CODE`` or ``/start CODE``.
        """
        given = code_in(text)
        if given is None or self._has_guessed_enough(user_id):
            return None
        digest = read_code(given)
        if digest is not None and self._invites(digest):
            return digest
        self._note_guess(user_id)
        return None

    async def take(self, cockpit: Cockpit, ask: Incoming) -> None:
        """Pair whoever sent a code that works; to a stranger whose code does not, nothing is said."""
        user_id = ask.by.user_id
        digest = self.right_code(user_id, ask.text)
        if digest is None:
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
        if self._people.role(user_id) is not None:
            cockpit.tell_reply(ask, reply, mark="🟢")

    def _has_guessed_enough(self, user_id: int) -> bool:
        now = self._clock.monotonic()
        recent = [at for at in self._wrong.get(user_id, ()) if now - at < _HOUR_S]
        return len(recent) >= MOST_GUESSES

    def _note_guess(self, user_id: int) -> None:
        now = self._clock.monotonic()
        recent = [at for at in self._wrong.get(user_id, ()) if now - at < _HOUR_S]
        self._wrong[user_id] = [*recent, now]
        self._wrong.move_to_end(user_id)
        while len(self._wrong) > _REMEMBERED:
            self._wrong.popitem(last=False)


def code_in(text: str) -> str | None:
    """Return what follows ``/pair`` or ``/start``, or None where that is nothing."""
    text = cleaned(text)
    if not text.startswith("/") or command_word(text).lower() not in _WORDS:
        return None
    words = text.split(maxsplit=1)
    return words[1] if len(words) > 1 else None
