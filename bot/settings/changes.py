"""What a file of settings that was read again says otherwise: what can count at once, and what needs a restart.

Followers come and go, and their rules change, while the program runs; so does what is set for all of them.
Their accounts, the master, the chat and the rest are wired together at the start: a change there is named,
and counts from the next one on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from msgspec.structs import replace

from bot.settings import table as common
from bot.settings.names import recognise
from bot.settings.settings import FollowerSettings, Settings
from engine.core.values.market import MASTER, AccountName

#: Set for all followers at once, and part of each one's rules or limits.
_AT_ONCE = frozenset(
    {
        common.MAX_DAILY_LOSS.name,
        common.BASKET_WINDOW_MS.name,
        common.BASKET_SOLD_LEG_REFUSED.name,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChange:
    """What counts of another file.

    Attributes:
        followers: Whom it names, each with the account he is wired to, where he is.
        total_loss_limit: Rupees over all of them; None: no limit.
        gone: Who is wired and not named any more.
        later: Keys whose values are others and count only after a restart.
    """

    followers: tuple[FollowerSettings, ...]
    total_loss_limit: Decimal | None
    gone: tuple[FollowerSettings, ...]
    later: tuple[str, ...]


def settings_change(
    begun: Settings, wired: Mapping[AccountName, FollowerSettings], new: Settings
) -> SettingsChange:
    """Compare a file that was read again with what runs.

    Args:
        begun: What the program was started with.
        wired: The followers whose accounts run now, those who joined since the start too.
        new: What the file says now.
    """
    followers, later = [], list(_of_everybody(begun, new))
    for one in new.followers:
        known = wired.get(one.account.name)
        if known is None:
            followers.append(one)
            continue
        later += _of_account(known, one)
        rules = replace(one.rules, user_id=known.account.user_id)
        followers.append(FollowerSettings(account=known.account, proxy=known.proxy, rules=rules))
    named = {one.account.name for one in new.followers}
    return SettingsChange(
        followers=tuple(followers),
        total_loss_limit=new.max_daily_loss,
        gone=tuple(one for name, one in wired.items() if name not in named),
        later=tuple(later),
    )


def accounts_until_restart(
    begun: Settings, wired: Mapping[AccountName, FollowerSettings], new: Settings
) -> tuple[str, ...]:
    """Return why whoever is new cannot be taken in yet: his Kite account runs under a name of before.

    The account of one who runs already counts from the next start, so until then two would have one.

    Args:
        begun: What the program was started with.
        wired: The followers whose accounts run now.
        new: What the file says now.
    """
    named = {one.account.name for one in new.followers}
    owners = {known.account.user_id: name for name, known in wired.items() if name in named}
    owners[begun.master.user_id] = MASTER
    return tuple(
        f"FOLLOWERS__{one.account.name.upper()}__USER_ID: {one.account.user_id} is"
        f" {owners[one.account.user_id]} until a restart - restart the program"
        for one in new.followers
        if one.account.name not in wired and one.account.user_id in owners
    )


def account_of_who_leaves(user_id: str, name: AccountName) -> str:
    """Return what is wrong, with the mend, where a new name stands for the account of somebody who leaves."""
    return (
        f"{user_id} is {name}, who still has copies there - keep the name {name} until he is flat, or"
        f" /detach {name} first"
    )


def _of_everybody(begun: Settings, new: Settings) -> list[str]:
    """Return the keys that are no follower's, are read at a start alone, and have another value."""
    found = []
    for key in sorted({*begun.values, *new.values} - _AT_ONCE):
        known = recognise(key)
        if known is None or known.follower is not None:
            continue
        if begun.values.get(key) != new.values.get(key):
            found.append(key)
    return found


def _of_account(known: FollowerSettings, new: FollowerSettings) -> list[str]:
    """Return the keys of a follower's account that have another value than what is wired."""
    pairs = {
        "USER_ID": (known.account.user_id, new.account.user_id),
        "API_KEY": (known.account.api_key, new.account.api_key),
        "API_SECRET": (known.account.api_secret, new.account.api_secret),
        "PROXY": (known.proxy, new.proxy),
    }
    prefix = f"FOLLOWERS__{known.account.name.upper()}"
    return [f"{prefix}__{field}" for field, (old, now) in pairs.items() if old != now]
