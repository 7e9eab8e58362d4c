"""How a login at the broker becomes a session that is used, kept and known to the engine."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

from msgspec.structs import replace

from engine.core.chat.account_asks import why_not_logged_in
from engine.core.values.control import Requester, SessionStored
from engine.core.values.market import AccountName
from engine.core.values.secrets import Secret
from engine.errors import BrokerError, JournalError, LoginRefused
from engine.ports import AccountReader, BrokerSession, SessionDesk
from engine.runner import Runner

#: Seconds a login waits for the account's profile, where it is asked for at all.
PROFILE_S = 5.0


class Sealer(Protocol):
    """Encrypts a secret for the store."""

    def seal(self, text: str, context: str) -> str:
        """Return the text sealed for one context."""
        ...


class AccountLogins:
    """Takes the request tokens that logins end with.

    Args:
        runner: Keeps the session in the journal.
        sessions: The login of each account.
        readers: The reads of each account.
        sealer: Encrypts access tokens for the store.
        context_of: Names what a sealed token is bound to.
        changed: Told after a login, with the account.
        registered: Told of every new secret, so that the logs hide it.
    """

    def __init__(  # noqa: PLR0913 - each is named where it is built
        self,
        runner: Runner,
        *,
        sessions: Mapping[AccountName, SessionDesk],
        readers: Mapping[AccountName, AccountReader],
        sealer: Sealer,
        context_of: Callable[[AccountName], str],
        changed: Callable[[AccountName], None],
        registered: Callable[[Secret], None],
    ) -> None:
        self._runner = runner
        self._sessions = sessions
        self._readers = readers
        self._sealer = sealer
        self._context_of = context_of
        self._changed = changed
        self._registered = registered

    def url(self, account: AccountName, state: str) -> str:
        """Return where an account's owner logs in.

        Raises:
            LoginRefused: No account has this name.
        """
        return self._session(account).login_url(state)

    async def take(
        self,
        account: AccountName,
        request_token: Secret,
        *,
        by: Requester,
        update_id: int | None = None,
    ) -> str:
        """Exchange a request token for a session, use and keep it; return what is told of it.

        Raises:
            LoginRefused: No account has this name, the broker takes the token for none of its own, or what is
                copied under the name is in another Kite account.
            BrokerError: The broker did not answer usably; the token may be used up.
            JournalError: It cannot be kept, and is not used.
        """
        desk = self._session(account)
        self._registered(request_token)
        session = await desk.exchange(request_token)
        self._registered(session.access_token)
        if self._sessions.get(account) is not desk:
            raise LoginRefused(f"{account} was removed meanwhile: nobody needs this login any more")
        if why := why_not_logged_in(self._runner.state, account, session.user_id):
            raise LoginRefused(why)
        # In use first: an exit that waits for this login leaves as soon as the engine hears of it.
        desk.use(session)
        try:
            stored = self._stored(account, session)
            reply = await self._runner.ask(stored, by=by, update_id=update_id)
        except JournalError:
            # What cannot be kept would be lost by a restart without a word.
            desk.use(None)
            raise
        self._changed(account)
        if not stored.exchanges:
            await self._learn_segments(stored, by=by)
        return reply.text

    async def _learn_segments(self, stored: SessionStored, *, by: Requester) -> None:
        """Ask the profile where a login did not tell which segments are enabled.

        Behind the login, which no exit waits longer for; not known gates nothing.
        """
        reader = self._readers.get(stored.account)
        if reader is None:  # removed meanwhile
            return
        try:
            async with asyncio.timeout(PROFILE_S):
                profile = await reader.profile()
        except (TimeoutError, BrokerError):
            return
        account = self._runner.state.account(stored.account)
        if not account.is_login(stored.sealed_token, stored.login_at):
            return  # another login has taken its place meanwhile, or it has ended
        known = replace(stored, exchanges=profile.exchanges, demat_consent=profile.demat_consent)
        await self._runner.ask(known, by=by)

    def _stored(self, account: AccountName, session: BrokerSession) -> SessionStored:
        sealed = self._sealer.seal(session.access_token.reveal(), self._context_of(account))
        return SessionStored(
            account=account,
            user_id=session.user_id,
            user_name=session.user_name,
            sealed_token=sealed,
            login_at=session.login_at,
            exchanges=session.exchanges,
            demat_consent=session.demat_consent,
        )

    def _session(self, account: AccountName) -> SessionDesk:
        desk = self._sessions.get(account)
        if desk is None:
            known = ", ".join(self._sessions)
            raise LoginRefused(f"no account is named {account!r}; there are: {known}")
        return desk
