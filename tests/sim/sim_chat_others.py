"""Others at the chat: an operator, a follower, codes, /set and /panic. Drawn apart, on few days.

A stream of their own, so that what a seed meant before they were there stays what it was.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import pyotp

from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.market import AccountName
from engine.core.values.people import Role

OPERATOR, FOLLOWER = 4003, 4004
NAMES = {OPERATOR: "Meena", FOLLOWER: "Father"}
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
#: Of so many days one has others.
SHARE = 0.15
#: What they say, and how often; a number of an entry limit that never binds is what /set changes.
_LIMIT = "/set father MAX_OPEN_POSITIONS"
OTHERS: dict[str, float] = {
    "operator: /stop": 1.0,
    "operator: /pause father": 1.0,
    "operator: /status": 1.0,
    "operator: /live": 1.0,
    "operator: /start_copy": 1.0,
    "operator: /panic": 0.5,
    f"operator: {_LIMIT} 90": 0.5,
    "operator: the code": 1.0,
    "follower: /pause father": 1.0,
    "follower: /pause mother": 0.7,
    "follower: /status": 1.0,
    "follower: /stop": 0.7,
    "follower: /live": 0.5,
    f"owner: {_LIMIT} 50": 2.0,
    f"owner: {_LIMIT} 60": 2.0,
    "owner: the code": 2.0,
    "owner: /panic": 1.5,
    "owner: confirms": 2.0,
}
#: What of it has to act, as contract rule 2 has it for an owner's.
_ACTS = frozenset({"operator: /stop", "operator: /pause father", "follower: /pause father"})
_WHO = {"operator": OPERATOR, "follower": FOLLOWER}
#: How long a code answers for whoever gave it (contract, bot rule 10).
_ANSWERS_FOR = timedelta(minutes=15)
FLAT, NOT_FLAT = "every follower is verified flat", "NOT all is verified flat"


def others_of(seed: int) -> list[tuple[float, str]]:
    """Return what others do on the day of a seed, and when; nothing on most days."""
    rng = random.Random(f"{seed}:chat others")
    if rng.random() >= SHARE:
        return []
    found, at = [], rng.uniform(1, 5)
    for _ in range(rng.randint(3, 7)):
        at += rng.choice((0.6, 1.5, 4.0))
        found.append((at, rng.choices(list(OTHERS), list(OTHERS.values()))[0]))
    return found


def may_act(kind: str) -> bool:
    """Return whether a deed of an operator or a follower may change anything."""
    return kind in _ACTS


def speaker_of(kind: str) -> int | None:
    """Return who does it: a Telegram id; None for one of the owners."""
    return _WHO.get(kind.partition(":")[0])


def words_of(kind: str, *, now: datetime) -> str:
    """Return what is typed."""
    words = kind.partition(": ")[2]
    return pyotp.TOTP(TOTP_SECRET).at(now) if words == "the code" else words


def let_in(account: AccountName) -> list[tuple[c.Request, int]]:
    """Return what pairs them, with who asks: an operator, and the follower of an account."""
    invited = [
        (c.InvitePerson(digest="operator", role=Role.OPERATOR), 0),
        (c.InvitePerson(digest="follower", role=Role.FOLLOWER, follower=account), 0),
    ]
    paired = [
        (c.PairPerson(digest="operator"), OPERATOR),
        (c.PairPerson(digest="follower"), FOLLOWER),
    ]
    return [*invited, *paired]


@dataclass(slots=True)
class OthersJudge:
    """Looks at what becomes durable of codes, settings and panics.

    Attributes:
        broken: Told what is broken.
        held: Returns what followers hold at the exchange, in words; nothing where that is flat.
        told: Whether the newest panic was told to be flat; None before.
    """

    broken: Callable[[str], None]
    held: Callable[[], list[str]]
    told: bool | None = None
    _codes: dict[int, datetime] | None = None

    def committed(self, records: Iterable[r.Record]) -> None:
        """Look at records, in their order."""
        codes = self._codes = self._codes if self._codes is not None else {}
        for each in records:
            match each:
                case r.CodeAccepted():
                    codes[each.user_id] = each.at
                case r.SettingChosen():
                    self._look_at_setting(each, codes.get(each.user_id))
                case r.PanicBegun() | r.CopyingSet(active=True):
                    self.told = None
                case r.NoticeRaised(notice=notice) if FLAT in notice.text:
                    self.told = True
                    for left in self.held():
                        self.broken(f"a panic was told flat and leaves {left}")
                case r.NoticeRaised(notice=notice) if NOT_FLAT in notice.text:
                    self.told = False

    def _look_at_setting(self, chosen: r.SettingChosen, proved_at: datetime | None) -> None:
        looser = _number(chosen.new) > _number(chosen.old)
        if looser and (proved_at is None or chosen.at - proved_at > _ANSWERS_FOR):
            self.broken(f"{chosen.key} got looser, {chosen.old} to {chosen.new}, without a code")

    def end(self, *, since: bool) -> None:
        """Judge in peace: what a panic was to close is closed, or was told not to be.

        Args:
            since: Whether the newest panic was the last word, nothing was begun after it.
        """
        if since and self.told is not False:
            for left in self.held():
                self.broken(f"a panic leaves {left} and nobody was told")


def _number(text: str) -> Decimal:
    return Decimal("Infinity") if text == "none" else Decimal(text)
