"""Accounts begin and end in the running process as the engine's state says, and disturb nobody else's."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest

from bot.app.rereading import BY_SIGNAL, Rereading, SettingsRefusedError
from bot.app.roster import LOOK_S, Membership, Roster
from bot.settings.settings import AccountSettings, FollowerSettings
from engine.core.state.state import WaitingSettings
from engine.core.values.control import RefuseSettings, Reply, TakeSettings
from engine.core.values.market import MASTER, AccountName, Venue
from engine.core.values.secrets import Secret
from engine.errors import ConfigError, JournalError
from engine.supervisor import Supervisor
from tests.core.core_world import FATHER, MOTHER, World, a_follower, done
from tests.engine_shell.shell_world import ManualClock, settle


def settings_of(name: str, *, api_key: str = "key") -> FollowerSettings:
    account = AccountSettings(
        name=AccountName(name), user_id=f"U{name.upper()}", api_key=api_key,
        api_secret=Secret(f"secret-of-{name}"),
    )  # fmt: skip
    return FollowerSettings(account=account, proxy=None, rules=a_follower(name))


MASTERS = AccountSettings(name=MASTER, user_id="UMASTER", api_key="key", api_secret=Secret("s"))


class Parts:
    """Stands in for an account: notes what runs of it, and whether it was closed."""

    def __init__(self, api_key: str) -> None:
        self.api_key, self.running, self.closed = api_key, 0, False
        self.account = SimpleNamespace(
            desk=self, reader=self, gateway=self, close=self.close, use=lambda _session: None
        )
        self.reconciler = self.feed = self.funds = SimpleNamespace(run=self.run)
        self.reading = self

    async def run(self) -> None:
        self.running += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.running -= 1

    async def close(self) -> None:
        self.closed = True

    def restore(self, *_args) -> None:
        return None


class Group:
    """A process whose roster is real and whose accounts are not."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self.clock = ManualClock()
        self.world = World(a_follower(), venue=Venue.PAPER)
        self.made: list[Parts] = []
        self.roster = Roster()
        self.membership = Membership(
            self.roster,
            SimpleNamespace(
                lanes=lambda name, paper, member, lookout: {
                    (venue, name): member for venue in Venue
                }
            ),
            at_kite=self.at_kite,
            on_paper=lambda _name: Parts("paper"),
            lookout=None,
            vault=None,
            state=lambda: self.world.state,
            clock=self.clock,
        )
        self.membership.found(MASTERS, [settings_of(FATHER)])
        self.supervisor = Supervisor(group, clock=self.clock, faulted=lambda _n, error: None)
        self.membership.begin(self.supervisor)

    def at_kite(self, one: AccountSettings, _proxy) -> Parts:
        if one.api_key == "bad key":
            raise ValueError("an api key has no space")
        self.made.append(Parts(one.api_key))
        return self.made[-1]

    def reread(self, *names: str) -> None:
        rules = tuple(a_follower(name) for name in names)
        self.world.ask(TakeSettings(rules=rules, total_loss_limit=None))


@pytest.fixture
async def group():
    async with asyncio.TaskGroup() as tasks:
        running = Group(tasks)
        # A session of another account is none of its own: nothing is opened.
        for account in running.world.state.accounts.values():
            account.session_ok = False
        await settle()
        yield running
        running.supervisor.stop()


def seen(roster: Roster) -> set[frozenset[AccountName]]:
    """Return whom each of the mappings knows, the master aside."""
    maps = (roster.members, roster.papers, roster.sessions, roster.readers, roster.readings,
            roster.gateways, roster.followers_readers, roster.used)  # fmt: skip
    lanes = frozenset(name for _, name in roster.lanes)
    return {frozenset(each) - {MASTER} for each in maps} | {lanes}


async def test_who_joins_has_lanes_before_he_counts_and_runs_once_he_does(group):
    await settle()
    master, father = group.made
    assert (master.running, father.running) == (3, 3)
    group.membership.build([settings_of(MOTHER)])
    assert (Venue.LIVE, MOTHER) in group.roster.lanes
    assert MOTHER not in group.roster.members
    group.reread(FATHER, MOTHER)
    await group.clock.pass_time(LOOK_S)
    await settle()
    assert seen(group.roster) == {frozenset({FATHER, MOTHER})}
    assert group.made[2].running == 3
    # Nobody else was begun anew.
    assert (master.running, father.running, len(group.made)) == (3, 3, 3)


async def test_who_goes_is_closed_and_known_to_nobody_any_more(group):
    group.reread()
    await group.clock.pass_time(LOOK_S)
    await settle()
    master, father = group.made
    assert seen(group.roster) == {frozenset()}
    assert (father.running, father.closed) == (0, True)
    assert (master.running, master.closed) == (3, False)


async def test_who_waits_for_a_yes_stays_built_and_is_forgotten_after_a_no(group):
    group.membership.build([settings_of(MOTHER)])
    state = group.world.state
    state.waiting_settings = WaitingSettings(
        rules=(a_follower(), a_follower("mother")), total_loss_limit=None
    )
    await group.clock.pass_time(LOOK_S)
    assert (Venue.LIVE, MOTHER) in group.roster.lanes
    state.waiting_settings = None
    await group.clock.pass_time(LOOK_S)
    assert (Venue.LIVE, MOTHER) not in group.roster.lanes
    assert MOTHER not in group.roster.members


async def test_one_that_cannot_be_used_builds_nobody(group):
    group.membership.build([settings_of(MOTHER)])
    with pytest.raises(ConfigError, match="FOLLOWERS__RAVI: its PROXY or API_KEY cannot be used"):
        group.membership.build([settings_of("uncle"), settings_of("ravi", api_key="bad key")])
    assert {name for _, name in group.roster.lanes} == {FATHER, MOTHER}
    # A corrected key takes the place of the one that waits.
    group.membership.build([settings_of(MOTHER, api_key="corrected")])
    assert group.roster.lanes[Venue.LIVE, MOTHER].api_key == "corrected"


# -- reading the file ---------------------------------------------------------------------------


class Door:
    """The engine's door: notes what is asked."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.refusals: tuple[str, ...] | None = None
        self.fails: Exception | None = None

    async def ask(self, request, *, by) -> Reply:
        assert by == BY_SIGNAL
        fails, self.fails = self.fails, None
        if fails is not None:
            raise fails
        self.asked.append(request)
        return Reply(accepted=True, text="told")

    def keep_refusals(self, lines) -> None:
        self.refusals = lines


def a_file(*followers, refusals=(), faults=()):
    def read():
        if faults:
            raise ConfigError(faults)
        return SimpleNamespace(
            followers=followers, master=MASTERS, max_daily_loss=None, values={}, secrets=tuple,
            live_refusals=lambda *, key_file_used: refusals,
        )  # fmt: skip

    return read


def rereading(group: Group, read) -> tuple[Rereading, Door]:
    door = Door()
    made = Rereading(
        door, group.membership, group.roster, reread=read,
        begun=SimpleNamespace(values={}, master=MASTERS),
        vault=SimpleNamespace(uses_key_file=True, seal=lambda text, context: f"sealed {context}"),
        state=lambda: group.world.state,
    )  # fmt: skip
    return made, door


async def test_a_good_file_is_put_to_the_engine_whole(group):
    reading, door = rereading(group, a_file(settings_of(MOTHER), refusals=("plain",)))
    assert await reading.now(by=BY_SIGNAL) == "told"
    (request,) = door.asked
    assert [rules.name for rules in request.rules] == [MOTHER]
    assert request.sealed == ((FATHER, "sealed leaving/father/account"),)
    assert door.refusals == ("plain",), "what /live goes by from now on"


async def test_faults_are_told_without_the_values_that_they_quote(group, caplog):
    fault = "FOLLOWERS__A__SIZING: 'a pasted secret' is not one of multiplier, equity"
    reading, door = rereading(group, a_file(faults=(fault,)))
    with pytest.raises(SettingsRefusedError, match="refused, nothing has changed: FOLLOWERS__A"):
        await reading.now(by=BY_SIGNAL)
    assert door.asked == [
        RefuseSettings(faults=("FOLLOWERS__A__SIZING: … is not one of multiplier, equity",))
    ]
    assert "pasted" not in caplog.text
    # By a signal nobody waits for an answer: it is in the chat.
    await reading.by_signal()


async def test_in_live_plain_secrets_are_refused_as_at_its_start(group):
    group.world.go_live()
    reading, door = rereading(group, a_file(settings_of(MOTHER), refusals=("X is in plain text",)))
    with pytest.raises(SettingsRefusedError, match="X is in plain text"):
        await reading.now(by=BY_SIGNAL)
    assert isinstance(door.asked[0], RefuseSettings)
    assert MOTHER not in {name for _, name in group.roster.lanes}


async def test_an_account_that_cannot_be_used_refuses_the_whole_file(group):
    reading, door = rereading(group, a_file(settings_of("ravi", api_key="bad key")))
    with pytest.raises(SettingsRefusedError, match="FOLLOWERS__RAVI"):
        await reading.now(by=BY_SIGNAL)
    assert isinstance(door.asked[0], RefuseSettings)


@pytest.mark.parametrize(
    ("name", "user_id"), [("dad", "UFATHER"), ("father", "UOTHER")], ids=["renamed", "exchanged"]
)
async def test_a_file_that_mixes_up_the_account_of_who_still_has_copies_is_refused(
    group, name, user_id
):
    world = group.world
    world.master(done("M1"))
    entry = world.place()
    world.ack(entry)
    world.fill(entry)
    group.reread()
    assert FATHER in world.state.leaving
    other = settings_of(name)
    account = replace(other.account, user_id=user_id)
    reading, door = rereading(group, a_file(replace(other, account=account)))
    said = f"FOLLOWERS__{name.upper()}__USER_ID: father still has copies as UFATHER"
    with pytest.raises(SettingsRefusedError, match=said):
        await reading.now(by=BY_SIGNAL)
    assert isinstance(door.asked[0], RefuseSettings)
    # As he is he may come back.
    reading, door = rereading(group, a_file(settings_of(FATHER)))
    await reading.now(by=BY_SIGNAL)
    assert isinstance(door.asked[0], TakeSettings)


async def test_a_store_that_fails_is_no_fault_of_the_file(group):
    reading, door = rereading(group, a_file(settings_of(FATHER)))
    door.fails = JournalError("the disk is gone")
    with pytest.raises(JournalError):
        await reading.now(by=BY_SIGNAL)
    assert door.asked == []
