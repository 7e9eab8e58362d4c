"""Whose accounts run: built, begun and ended one by one, without disturbing the others.

Everybody who looks accounts up by their names (the chat's door, the watches, the lanes) holds the mappings
of this room, which change as followers join and leave.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from bot.app.accounts import Accounts, Member
from bot.restart import Opener, kept_session, open_paper_rows, paper_positions
from bot.settings.settings import AccountSettings, FollowerSettings
from engine.brokers.paper import PaperVenue
from engine.clock import Clock
from engine.core.decide import trading_day_of
from engine.core.state.state import State
from engine.core.values.market import MASTER, AccountName, Venue
from engine.core.values.secrets import Secret
from engine.errors import ConfigError
from engine.funds_reader import FundsReader
from engine.lanes import Lane
from engine.moment import Lookout
from engine.ports import AccountReader, OrderGateway, SessionDesk
from engine.supervisor import Supervisor

_log = logging.getLogger(__name__)

#: Seconds between looks whether somebody has joined or gone.
LOOK_S = 0.2


@dataclass(slots=True)
class Roster:
    """The accounts that run, by name; ``lanes`` also has those who wait for a person's yes.

    Attributes:
        used: What each follower's account was wired with.
    """

    members: dict[AccountName, Member] = field(default_factory=dict)
    papers: dict[AccountName, PaperVenue] = field(default_factory=dict)
    lanes: dict[tuple[Venue, AccountName], Lane] = field(default_factory=dict)
    sessions: dict[AccountName, SessionDesk] = field(default_factory=dict)
    readers: dict[AccountName, AccountReader] = field(default_factory=dict)
    followers_readers: dict[AccountName, AccountReader] = field(default_factory=dict)
    readings: dict[AccountName, FundsReader] = field(default_factory=dict)
    gateways: dict[AccountName, OrderGateway] = field(default_factory=dict)
    used: dict[AccountName, FollowerSettings] = field(default_factory=dict)

    def show(self, name: AccountName, member: Member) -> None:
        """Have an account looked up by everybody from now on."""
        self.members[name] = member
        self.sessions[name] = member.account.desk
        self.readers[name] = member.account.reader
        self.readings[name] = member.reading
        self.gateways[name] = member.account.gateway
        if name != MASTER:
            self.followers_readers[name] = member.account.reader

    def hide(self, name: AccountName) -> None:
        """Have an account looked up by nobody any more."""
        for each in (
            self.members,
            self.papers,
            self.sessions,
            self.readers,
            self.followers_readers,
            self.readings,
            self.gateways,
            self.used,
        ):
            each.pop(name, None)
        for venue in Venue:
            self.lanes.pop((venue, name), None)


class Membership:
    """Keeps the roster at what the engine's state says.

    Args of the constructor: ``at_kite`` and ``on_paper`` build an account's parts, ``vault`` opens kept
    sessions, ``state`` gives the state of now.
    """

    def __init__(  # noqa: PLR0913 - each is named where it is made
        self,
        roster: Roster,
        accounts: Accounts,
        *,
        at_kite: Callable[[AccountSettings, Secret | None], Member],
        on_paper: Callable[[AccountName], PaperVenue],
        lookout: Lookout,
        vault: Opener,
        state: Callable[[], State],
        clock: Clock,
    ) -> None:
        self._roster = roster
        self._accounts = accounts
        self._at_kite, self._on_paper = at_kite, on_paper
        self._lookout, self._vault = lookout, vault
        self._state, self._clock = state, clock
        self._supervisor: Supervisor | None = None
        self._built: dict[AccountName, tuple[FollowerSettings, Member, PaperVenue]] = {}

    def found(self, master: AccountSettings, followers: Iterable[FollowerSettings]) -> None:
        """Build the accounts of a start; everybody is looked up at once."""
        self._roster.show(MASTER, self._at_kite(master, None))
        self.build(followers)
        for name in list(self._built):
            self._show(name)

    def build(self, followers: Iterable[FollowerSettings]) -> None:
        """Put followers' accounts together, with lanes; nothing of them runs, and nobody looks them up yet.

        They take the place of all that were built before and have not begun.

        Raises:
            ConfigError: The proxy or api key of one cannot be used; none was built.
        """
        made = {one.account.name: (one, *self._parts(one)) for one in followers}
        for name in list(self._built):
            self._drop(name)
        self._built = made
        for name, (_, member, paper) in made.items():
            lanes = self._accounts.lanes(name, paper, member, lookout=self._lookout)
            self._roster.lanes.update(lanes)

    def _parts(self, one: FollowerSettings) -> tuple[Member, PaperVenue]:
        name = one.account.name
        try:
            return self._at_kite(one.account, one.proxy), self._on_paper(name)
        except ValueError:
            fault = f"FOLLOWERS__{name.upper()}: its PROXY or API_KEY cannot be used - mend it"
            raise ConfigError((fault,)) from None

    def begin(self, supervisor: Supervisor) -> None:
        """Run everybody's reads and sockets, and from now on those of whoever joins."""
        self._supervisor = supervisor
        for name in self._roster.members:
            self._watch(supervisor, name)
        supervisor.watch("followers", self.run)

    def take_over(self, account: AccountSettings) -> None:
        """Take over what the store keeps: the session of today, and what is on paper."""
        state, now, name = self._state(), self._clock.now(), account.name
        session = kept_session(state, name, self._vault, user_id=account.user_id, now=now)
        if session is not None:
            self._roster.members[name].account.desk.use(session)
        paper = self._roster.papers.get(name)
        if paper is not None:
            held = paper_positions(state, name, today=trading_day_of(now))
            paper.restore(open_paper_rows(state, name), held)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self.look()
            await self._clock.sleep(LOOK_S)

    def look(self) -> None:
        """Begin with who has joined, and end with who has gone."""
        state = self._state()
        waiting = state.waiting_settings
        wanted = {rules.name for rules in waiting.rules} if waiting is not None else set()
        for name in [each for each in self._built if each in state.rules]:
            one, _, _ = self._built[name]
            self._show(name)
            self.take_over(one.account)
            if self._supervisor is not None:
                self._watch(self._supervisor, name)
            _log.info("account begun", extra={"action": "join", "account": name})
        for name in [each for each in self._built if each not in wanted]:
            self._drop(name)
        for name in [each for each in self._roster.used if each not in state.rules]:
            self._end(name)

    def _drop(self, name: AccountName) -> None:
        """Forget a follower whose account was built and never ran."""
        del self._built[name]
        self._roster.hide(name)

    def _show(self, name: AccountName) -> None:
        one, member, paper = self._built.pop(name)
        self._roster.papers[name], self._roster.used[name] = paper, one
        self._roster.show(name, member)

    def _end(self, name: AccountName) -> None:
        member = self._roster.members[name]
        self._roster.hide(name)
        if self._supervisor is not None:
            for task, _ in _tasks(name, member):
                self._supervisor.unwatch(task)
            self._supervisor.spawn(member.account.close(), name=f"{name} closes")
        _log.info("account ended", extra={"action": "leave", "account": name})

    def _watch(self, supervisor: Supervisor, name: AccountName) -> None:
        for task, begin in _tasks(name, self._roster.members[name]):
            supervisor.watch(task, begin)


def _tasks(
    name: AccountName, member: Member
) -> tuple[tuple[str, Callable[[], Awaitable[None]]], ...]:
    """Return what runs for an account, each with its name."""
    return (
        (f"{name} books", member.reconciler.run),
        (f"{name} socket", member.feed.run),
        (f"{name} funds", member.funds.run),
    )
