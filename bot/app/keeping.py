"""Keeps every follower's account in the store, so that one who is missing at a start still has his exits."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from msgspec import structs

from bot.sealed_followers import is_kept, open_followers, seal_follower
from bot.settings.settings import AccountSettings, FollowerSettings
from engine.core.chat.account_asks import why_not_logged_in
from engine.core.observe.membership import remains
from engine.core.state.state import State
from engine.core.values.control import KeepFollowers
from engine.core.values.market import AccountName
from engine.core.values.rules import FollowerRules
from storage.vault import Vault


class Keeping:
    """Has what changed of an account kept, once: a start that changes nothing writes nothing.

    Args:
        used: What each follower's account is wired with.
        vault: Seals it, and opens what was kept.
        state: Gives the state of now.
        report: Has the engine keep it.
    """

    def __init__(
        self,
        used: Mapping[AccountName, FollowerSettings],
        *,
        vault: Vault,
        state: Callable[[], State],
        report: Callable[[KeepFollowers], None],
    ) -> None:
        self._used, self._vault = used, vault
        self._state, self._report = state, report
        self._seen: dict[AccountName, FollowerSettings] = {}
        #: What that was made of. Several looks a second go over everybody: these are compared first, by identity.
        self._of: dict[AccountName, tuple[FollowerSettings, FollowerRules]] = {}

    def look(self) -> None:
        """Have kept what is new since the last look; it costs next to nothing where nothing is."""
        state, changed = self._state(), []
        if not self._seen.keys() <= self._used.keys():
            for name in self._seen.keys() - self._used.keys():
                self._forget(name)
        for name, one in self._used.items():
            rules = None if name in state.leaving else state.env_rules.get(name)
            if rules is None:
                self._forget(name)
                continue
            settings_seen, rules_seen = self._of.get(name, (None, None))
            if settings_seen is one and rules_seen is rules:
                continue
            now = replace(one, rules=rules)
            if self._seen.get(name) != now:
                if why_not_logged_in(state, name, now.account.user_id):
                    # His copies are in the account of before: what is kept of that is what could exit them.
                    continue
                self._seen[name] = now
                if not is_kept(state.kept.get(name, ""), now, self._vault):
                    changed.append((name, seal_follower(now, self._vault)))
            self._of[name] = one, rules
        if changed:
            self._report(KeepFollowers(kept=tuple(changed)))

    def _forget(self, name: AccountName) -> None:
        """Have whoever comes back kept anew."""
        self._seen.pop(name, None)
        self._of.pop(name, None)


def missing_at_start(
    state: State, vault: Vault, *, named: tuple[AccountSettings, ...]
) -> tuple[tuple[FollowerSettings, ...], bool]:
    """Return who leaves, of those whom the file does not name, and whether a start has to let go of somebody.

    Who was deleted while nothing ran, and still has copies or orders, leaves as one whom a reading no longer
    found: he enters nothing from the first moment on.

    Args:
        state: As the journal tells it.
        vault: Opens what is kept.
        named: The accounts of the file, the master's too.
    """
    names = {one.name for one in named}
    missing = [name for name in state.kept if name not in names]
    holding = {name: state.kept[name] for name in missing if remains(state, name)}
    left = open_followers({**state.leaving, **holding}, vault, named=named)
    found = tuple(
        replace(one, rules=structs.replace(one.rules, enabled=False))
        if one.account.name in holding
        else one
        for one in left
    )
    # Of whom neither is true it is said loudly, at every start: copies, and no way into the account.
    lets_go = len(missing) > len(holding) or any(one.account.name in holding for one in left)
    return found, lets_go
