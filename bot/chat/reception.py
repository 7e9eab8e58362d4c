"""Brings an update to the router of the person's role; behind the gate."""

from collections.abc import Awaitable, Callable
from typing import Any

from telegram import Update
from telegram.ext import CallbackContext

from bot.chat.cockpit import Cockpit
from bot.chat.incoming import Incoming
from bot.chat.pairing import Pairing, code_in
from bot.chat.pairing_code import read_code
from bot.chat.people import People
from bot.chat.router import Router, asking
from engine.core.values.market import AccountName
from engine.core.values.people import Role

_Context = CallbackContext[Any, Any, Any, Any]
#: Makes what handlers of a role may use: an operator's and a follower's is behind a narrower door.
MakeCockpit = Callable[[Role, AccountName | None], Cockpit]


class Reception:
    """One router for owners, one for operators, one for each follower's account.

    Args:
        people: Who is heard as what.
        make_cockpit: Called once for each role and account.
        pairing: Takes codes.
        opened: Told who has opened the chat.
    """

    def __init__(
        self,
        people: People,
        make_cockpit: MakeCockpit,
        pairing: Pairing,
        opened: Callable[[int], None],
    ) -> None:
        self._people = people
        self._make_cockpit = make_cockpit
        self._pairing = pairing
        self._opened = opened
        self._routers: dict[tuple[Role, AccountName | None], tuple[Cockpit, Router]] = {}

    @property
    def owners(self) -> Router:
        """The router of owners, for what comes in by another way than the chat."""
        _, router = self._of(Role.OWNER, None)
        return router

    async def on_message(self, update: Update, context: _Context) -> None:
        """Take a pairing code, or have the person's router read the message."""
        message, user = update.message, update.effective_user
        if message is None or user is None:
            return
        role = self._people.role(user.id)
        code = code_in(message.text or "")
        if role is None or (code is not None and read_code(code) is not None):
            # What he is told is told as what he is by then.
            ask = asking(update.update_id, message, user)
            cockpit, router = self._of(Role.OWNER, None)
            await router.guarded(self._pairing.take(cockpit, ask), ask)
            return
        if (message.text or "").startswith("/start"):
            self._opened(user.id)
        _, router = self._of(role, self._people.account(user.id))
        await router.on_message(update, context)

    async def on_tap(self, update: Update, context: _Context) -> None:
        """Have the person's router read a tap; a stranger's goes nowhere."""
        query = update.callback_query
        role = self._people.role(query.from_user.id) if query is not None else None
        if query is None or role is None:
            return
        _, router = self._of(role, self._people.account(query.from_user.id))
        await router.on_tap(update, context)

    async def guarded(self, work: Awaitable[None], ask: Incoming) -> None:
        """Run slow work to its end; a failure becomes one line for the person."""
        await self.owners.guarded(work, ask)

    def _of(self, role: Role, account: AccountName | None) -> tuple[Cockpit, Router]:
        at = (role, account if role is Role.FOLLOWER else None)
        found = self._routers.get(at)
        if found is None:
            cockpit = self._make_cockpit(*at)
            found = self._routers[at] = (cockpit, Router(cockpit))
        return found
