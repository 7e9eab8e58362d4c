"""The file of settings read again while the program runs: checked whole, then all of it or nothing."""

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import replace

from bot.app.roster import Membership, Roster
from bot.desk import EngineDesk
from bot.logs import register_secret
from bot.sealed_followers import seal_follower
from bot.settings.changes import accounts_until_restart, settings_change
from bot.settings.settings import FollowerSettings, Settings
from engine.core.chat.account_asks import why_not_logged_in
from engine.core.observe.membership import remains
from engine.core.state.state import State
from engine.core.values.control import RefuseSettings, Requester, TakeSettings
from engine.core.values.market import MASTER, Venue
from engine.errors import ConfigError, CopyTraderError, JournalError
from storage.vault import Vault

_log = logging.getLogger(__name__)

#: Who asks by SIGHUP.
BY_SIGNAL = Requester(user_id=0, name="SIGHUP")
#: A value that a fault quotes; put into the wrong key it may be a secret.
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


class SettingsRefusedError(CopyTraderError):
    """The file was read again and refused; nothing of it counts. Each fault says the mend."""


class Rereading:
    """Reads the file again when asked, one reading after the other.

    Args:
        desk: Decides what counts.
        membership: Builds the accounts of who joins.
        roster: Whose accounts run.
        begun: What the program was started with.
        reread: Reads the file and the real environment, and checks them as a start does.
        vault: Seals what is kept of who leaves.
        state: Gives the state of now.
    """

    def __init__(  # noqa: PLR0913 - each is named where it is made
        self,
        desk: EngineDesk,
        membership: Membership,
        roster: Roster,
        *,
        begun: Settings,
        reread: Callable[[], Settings],
        vault: Vault,
        state: Callable[[], State],
    ) -> None:
        self._desk, self._membership, self._roster = desk, membership, roster
        self._begun, self._reread = begun, reread
        self._vault, self._state = vault, state
        self._taken: Settings | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def counts(self) -> Settings:
        """The settings that count now: those of the start, with what was taken of a later file."""
        taken = self._taken
        if taken is None:
            return self._begun
        return replace(
            self._begun,
            followers=taken.followers,
            plain_secrets=taken.plain_secrets,
            max_daily_loss=taken.max_daily_loss,
        )

    async def now(self, *, by: Requester) -> str:
        """Read the file and have what it says count; return what is told of it.

        Raises:
            SettingsRefusedError: It has faults; nothing has changed.
            JournalError: The store cannot be written; nothing has changed.
        """
        async with self._one_at_a_time:
            try:
                # A passphrase costs a while per secret; nobody waits for that.
                settings = await asyncio.to_thread(self._reread)
                return await self._take(settings, by=by)
            except JournalError:
                raise
            except ConfigError as error:
                faults = error.faults
            except CopyTraderError as error:
                faults = (str(error),)
            said = tuple(_QUOTED.sub("…", fault) for fault in faults)
            for fault in said:
                _log.warning("settings refused", extra={"action": "reread", "why": fault})
            await self._desk.ask(RefuseSettings(faults=said), by=by)
            raise SettingsRefusedError("refused, nothing has changed: " + "; ".join(faults))

    async def by_signal(self) -> None:
        """Read the file again for SIGHUP: what comes of it is in the chat and the log."""
        try:
            text = await self.now(by=BY_SIGNAL)
        except SettingsRefusedError:
            return
        _log.info("settings read again", extra={"action": "reread", "told": text})

    def _refuse_in_use(self, settings: Settings) -> None:
        """Refuse a file that gives a leaving follower's account another name, or his name another account.

        One account under two names would be copied to twice.

        Raises:
            ConfigError: One line for each.
        """
        faults = list(accounts_until_restart(self._begun, self._roster.used, settings))
        state = self._state()
        named = {one.account.name for one in settings.followers}
        held = [
            one.account
            for name, one in self._roster.used.items()
            if (name not in named and remains(state, name)) or name in state.leaving
        ]
        for one in (settings.master, *(each.account for each in settings.followers)):
            for other in held:
                if (one.name == other.name) != (one.user_id == other.user_id):
                    prefix = "MASTER" if one.name == MASTER else f"FOLLOWERS__{one.name.upper()}"
                    faults.append(
                        f"{prefix}__USER_ID: {other.name} still has copies as {other.user_id} - wait until he"
                        f" is removed, or hand them back with /detach {other.name}"
                    )
        if faults:
            raise ConfigError(tuple(faults))

    async def _take(self, settings: Settings, *, by: Requester) -> str:
        for secret in settings.secrets():
            register_secret(secret)
        refusals = settings.live_refusals(key_file_used=self._vault.uses_key_file)
        if self._state().venue is Venue.LIVE and refusals:
            raise ConfigError(refusals)
        # Who has gone by now is wired no more.
        self._membership.look()
        running, state = self._roster.used, self._state()
        self._refuse_in_use(settings)
        change = settings_change(self._begun, running, settings)
        new = [one for one in change.followers if one.account.name not in running]
        self._membership.build(new)
        request = TakeSettings(
            rules=tuple(one.rules for one in change.followers),
            total_loss_limit=change.total_loss_limit,
            sealed=tuple((one.account.name, self._sealed(one, state)) for one in change.gone),
            later=change.later,
        )
        reply = await self._desk.ask(request, by=by)
        self._membership.look()
        self._desk.keep_refusals(refusals)
        self._taken = settings
        return reply.text

    def _sealed(self, one: FollowerSettings, state: State) -> str:
        name = one.account.name
        kept = state.kept.get(name)
        if kept and why_not_logged_in(state, name, one.account.user_id):
            # His copies are in the account of before, which a start goes by again.
            return kept
        return seal_follower(_as_now(one, state), self._vault)


def _as_now(one: FollowerSettings, state: State) -> FollowerSettings:
    """Return a follower with the rules that count now: the file may have been read again since he was wired."""
    return replace(one, rules=state.env_rules.get(one.account.name, one.rules))
