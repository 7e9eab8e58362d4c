"""The states of login buttons: which account an address belongs to, and whether it may still be used.

A state goes out in the address of the login page and comes back on the redirect (Kite Connect docs,
user: ``redirect_params``). It is random, works for one button of one account, and ends by itself. The
journal keeps its digest, so that a restart in the middle of a login loses nothing.
"""

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from msgspec.structs import replace

from bot.chat.chat_desk import ChatDesk
from engine.clock import Clock
from engine.core.values.control import OfferLogin, Requester
from engine.core.values.logins import PendingLogin
from engine.core.values.market import AccountName

#: How long a button may be used. A choice of ours: a login with its second factor takes a minute or two.
OPEN_FOR = timedelta(minutes=15)
#: A button asked for again is the same one while so much of its time is left.
_REUSED_ABOVE = timedelta(minutes=5)
_STATE_BYTES = 16
#: Characters of a state: 128 bits in the alphabet that deep links take (Telegram Bot API, deep linking).
STATE_LENGTH = 22
_REMEMBERED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """A state that opens nothing.

    Attributes:
        account: Whose button it was; None where that is not known any more.
        ended_at: When its time was over; None where a newer button took its place.
    """

    account: AccountName | None = None
    ended_at: datetime | None = None


class LoginStates:
    """Makes states and knows them again.

    Args:
        desk: Keeps the digests.
        clock: Ends them.
    """

    def __init__(self, desk: ChatDesk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock
        self._made: dict[AccountName, str] = {}
        # Digests of earlier buttons of this run, so that a person is told whose they were.
        self._older: OrderedDict[str, AccountName] = OrderedDict()

    async def address(
        self, account: AccountName, *, by: Requester, update_id: int | None
    ) -> str | None:
        """Return the login page of an account, with the state of the one button that is open for it.

        None where this very update was answered with a button before a restart: another one would
        void it, and perhaps somebody is logging in with it just now.

        Raises:
            JournalError: Nothing can be kept now; no button may be shown.
        """
        made = self._made.get(account)
        kept = self._kept(account)
        now = self._clock.now()
        if made is None and kept is not None and kept.until > now and _is_same(kept, update_id):
            return None
        if made is None or not self._may_serve(made, kept, now):
            request = OfferLogin(
                account=account, digest="", until=now + OPEN_FOR, asked_in=update_id
            )
            made = await self._new(request, kept, by=by)
        return self._desk.login_url(account, made)

    def find(self, state: str) -> PendingLogin | Stale:
        """Return whose button a state is of; compared in a time that tells nothing of the right one."""
        digest = digest_of(state)
        found = [
            kept
            for kept in self._desk.pending_logins()
            if compare_digest(kept.digest.encode(), digest.encode())
        ]
        if not found:
            return Stale(account=self._older.get(digest))
        if found[0].until <= self._clock.now():
            return Stale(account=found[0].account, ended_at=found[0].until)
        return found[0]

    def open(self) -> tuple[PendingLogin, ...]:
        """Return the buttons that may be used now."""
        now = self._clock.now()
        return tuple(kept for kept in self._desk.pending_logins() if kept.until > now)

    def void(self, account: AccountName) -> None:
        """Have the next button of an account carry a new state: this one was used."""
        self._made.pop(account, None)

    @staticmethod
    def _may_serve(made: str, kept: PendingLogin | None, now: datetime) -> bool:
        """Return whether the newest button of this run is the open one and has time left."""
        if kept is None or kept.until - now < _REUSED_ABOVE:
            return False
        return compare_digest(kept.digest, digest_of(made))

    def _kept(self, account: AccountName) -> PendingLogin | None:
        kept = (each for each in self._desk.pending_logins() if each.account == account)
        return next(kept, None)

    async def _new(self, request: OfferLogin, before: PendingLogin | None, *, by: Requester) -> str:
        account, made = request.account, secrets.token_urlsafe(_STATE_BYTES)
        # Not under the update's id: it is the login, not its buttons, that an update does once.
        await self._desk.ask(replace(request, digest=digest_of(made)), by=by)
        if before is not None:
            self._older[before.digest] = account
            while len(self._older) > _REMEMBERED:
                self._older.popitem(last=False)
        self._made[account] = made
        return made


def _is_same(kept: PendingLogin, update_id: int | None) -> bool:
    """Return whether a button was made for this very update."""
    return update_id is not None and kept.asked_in == update_id


def digest_of(state: str) -> str:
    """Return what the store keeps of a state."""
    return hashlib.sha256(state.encode()).hexdigest()
