"""What a file of settings that was read again has changed."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from engine.core.values.market import AccountName
from engine.core.values.rules import FollowerRules


class SettingsTaken(Struct, frozen=True, kw_only=True, gc=False):
    """The settings were read again while the program ran; what was set from the chat still wins over them.

    Attributes:
        rules: Of every follower, as they count from now on.
        total_loss_limit: Rupees over all of them; None: no limit.
        wanted: All of what the file says, where something of it waits for a person; None: nothing waits.
        wanted_total: Its limit over all of them.
        gone: Who counted before and does not any more.
    """

    rules: tuple[FollowerRules, ...]
    total_loss_limit: Decimal | None
    at: datetime
    wanted: tuple[FollowerRules, ...] | None = None
    wanted_total: Decimal | None = None
    gone: tuple[AccountName, ...] = ()


class FollowerLeaving(Struct, frozen=True, kw_only=True, gc=False):
    """A follower is in no file any more, and goes once nothing copied is left.

    ``sealed`` is what his account needs until then, over a restart too, as only the key opens it; None: he
    has gone, or is back in the file.
    """

    follower: AccountName
    sealed: str | None
    at: datetime


class FollowerKept(Struct, frozen=True, kw_only=True, gc=False):
    """What a follower's account needs was kept, as only the key opens it; None: nothing is kept any more.

    A start that no longer finds him in the file has his exits follow by it.
    """

    follower: AccountName
    sealed: str | None
    at: datetime


class FollowerJoined(Struct, frozen=True, kw_only=True, gc=False):
    """A follower was added while the program ran: what the master began before is not his."""

    follower: AccountName
    at: datetime
