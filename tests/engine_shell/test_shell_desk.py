"""The engine's door: what it refuses by itself, and a login that is kept before it is used."""

import asyncio
from datetime import timedelta

import pytest

from bot.desk import EngineDesk
from bot.live_checks import FIRST_READ_S
from engine.core.values import control as c
from engine.core.values.market import MASTER, Venue
from engine.core.values.orders import Profile
from engine.core.values.secrets import Secret
from engine.core.values.views import CheckLevel
from engine.errors import BrokerUnavailable, JournalError, LoginRefused
from engine.ports import BrokerSession
from tests.core.core_world import FATHER, OWNER, World
from tests.engine_shell.shell_world import Shell, settle


class Sessions:
    """The login of one account; writes into the diary when a session is taken into use."""

    def __init__(self, diary: list) -> None:
        self.diary = diary
        self.refusing = False
        self.exchanges: frozenset[str] = frozenset()

    def login_url(self, state: str) -> str:
        return f"https://login/?state={state}"

    async def exchange(self, request_token: Secret) -> BrokerSession:
        if self.refusing:
            raise LoginRefused("used before")
        return BrokerSession(
            user_id="UFATHER",
            user_name="Father",
            access_token=Secret("accessTokenOfTheDay"),
            login_at=World().now,
            exchanges=self.exchanges,
            demat_consent="consent" if self.exchanges else None,
        )

    def use(self, session: BrokerSession | None) -> None:
        self.diary.append("in use" if session else "not in use")


class Profiles:
    """The profile of one account; None: the broker does not answer."""

    def __init__(self) -> None:
        self.told: Profile | None = None
        self.asked = 0

    async def profile(self) -> Profile:
        self.asked += 1
        if self.told is None:
            raise BrokerUnavailable("no answer")
        return self.told


class Sealer:
    def seal(self, text: str, context: str) -> str:
        return f"sealed for {context}"


class Codes:
    """Time steps whose code was taken."""

    def __init__(self) -> None:
        self.spent: set[int] = set()

    def spend(self, step: int) -> bool:
        if step in self.spent:
            return False
        self.spent.add(step)
        return True


async def nothing_known(_id: str, _numbered: object) -> None:
    return None


class Door:
    def __init__(self, *refusals: str, world: World | None = None) -> None:
        self.shell = Shell(world)
        self.journalled = self.shell.journal.batches
        self.sessions = Sessions(self.shell.diary)
        self.known = {MASTER: self.sessions, FATHER: self.sessions}
        self.codes = Codes()
        self.profiles = Profiles()
        self.changed: list[str] = []
        self.hidden: list[Secret] = []
        self.desk = EngineDesk(
            self.shell.runner,
            clock=self.shell.clock,
            sessions=self.known,
            readers={FATHER: self.profiles},
            story=nothing_known,
            store_fault=lambda: "",
            used_codes=self.codes,
            days=None,
            sealer=Sealer(),
            context_of=lambda name: f"session/{name}",
            live_refusals=refusals,
            problems=lambda: ("a problem",),
            changed=self.changed.append,
            registered=self.hidden.append,
        )

    async def log_in(self) -> str:
        return await self.desk.login(FATHER, Secret("requestToken"), by=OWNER)


def live(door: Door) -> c.GoLive:
    return c.GoLive(armed_until=door.shell.clock.now() + timedelta(hours=1), totp_step=None)


async def test_live_is_refused_with_the_reason_and_nothing_is_written():
    door = Door("a secret is kept in plain text", world=World(venue=Venue.PAPER))
    reply = await door.desk.ask(live(door), by=OWNER)
    assert not reply.accepted
    assert "plain text" in reply.text
    assert door.journalled == []
    assert door.shell.runner.state.venue is Venue.PAPER


async def test_a_code_that_was_used_arms_nothing():
    door = Door(world=World(venue=Venue.PAPER))
    again = c.GoLive(armed_until=live(door).armed_until, totp_step=7)
    door.codes.spend(7)
    reply = await door.desk.ask(again, by=OWNER)
    assert not reply.accepted
    assert "used already" in reply.text
    assert door.shell.runner.state.venue is Venue.PAPER


async def test_a_change_of_mode_has_every_account_read_anew():
    door = Door(world=World(venue=Venue.PAPER))
    reply = await door.desk.ask(live(door), by=OWNER)
    assert reply.accepted
    assert door.shell.runner.state.venue is Venue.LIVE
    assert set(door.changed) == {MASTER, FATHER}


async def test_a_session_is_kept_sealed_before_it_is_used_and_hidden_from_the_logs():
    door = Door()
    door.shell.world.lose_session(FATHER)
    door.shell.diary.clear()
    text = await door.log_in()
    assert "father is logged in" in text
    assert door.shell.diary == ["in use"]
    (stored,) = [
        record
        for batch in door.journalled
        for _, records in batch
        for record in records
        if type(record).__name__ == "SessionKept"
    ]
    assert stored.sealed_token == "sealed for session/father"
    # The token that was pasted too: a log may quote it before it was used up.
    hidden = [secret.reveal() for secret in door.hidden]
    assert hidden == ["requestToken", "accessTokenOfTheDay"]
    assert "accessTokenOfTheDay" not in repr(door.journalled)
    assert door.changed == [FATHER]


async def test_a_session_that_cannot_be_kept_is_not_used():
    door = Door()
    door.shell.journal.broken = True
    with pytest.raises(JournalError):
        await door.log_in()
    assert door.shell.diary[-1] == "not in use"
    assert door.changed == []


async def test_a_login_that_the_broker_refuses_leaves_the_session_there_is():
    door = Door()
    door.sessions.refusing = True
    with pytest.raises(LoginRefused, match="used before"):
        await door.log_in()
    assert door.journalled == []
    assert door.shell.runner.state.account(FATHER).session_ok


async def test_a_name_nobody_has_is_refused_with_the_names_there_are():
    with pytest.raises(LoginRefused, match="there are: master, father"):
        Door().desk.login_url("uncle", "nonce")


async def test_the_preflight_waits_a_moment_for_the_first_read_and_not_longer():
    door = Door("kept in plain text")
    door.shell.runner.state.account(MASTER).reconciled = False
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(door.desk.preflight(Venue.LIVE))
        await settle()
        assert not asking.done()
        for _ in range(int(FIRST_READ_S / 0.05) + 2):
            await door.shell.clock.pass_time(0.05)
        assert asking.done()
    lines = asking.result()
    assert any(line.level is CheckLevel.FAIL and "plain text" in line.text for line in lines)
    door.shell.runner.state.account(MASTER).reconciled = True
    at_once = await door.desk.preflight(Venue.PAPER)
    assert all(line.level is not CheckLevel.FAIL for line in at_once)
    assert "a problem" in door.desk.status().problems


async def test_a_login_tells_which_segments_are_enabled_and_nothing_more_is_asked():
    door = Door()
    door.sessions.exchanges = frozenset({"NSE", "BSE"})
    await door.log_in()
    account = door.shell.runner.state.account(FATHER)
    assert account.exchanges == {"NSE", "BSE"}
    assert account.demat_consent == "consent"
    assert door.profiles.asked == 0


async def test_where_the_login_does_not_tell_the_segments_the_profile_does():
    door = Door()
    door.profiles.told = Profile(
        user_id="UFATHER",
        user_name="Father",
        exchanges=frozenset({"NSE"}),
        products=frozenset(),
        demat_consent="",
    )
    assert "logged in until 06:00" in await door.log_in()
    account = door.shell.runner.state.account(FATHER)
    assert account.session_ok
    assert account.exchanges == {"NSE"}
    assert account.demat_consent == ""


async def test_segments_that_cannot_be_learned_hold_no_login_up():
    door = Door()
    assert "logged in until 06:00" in await door.log_in()
    assert door.profiles.asked == 1
    assert door.shell.runner.state.account(FATHER).session_ok
    assert not door.shell.runner.state.account(FATHER).lacks("NFO")


async def test_the_receipts_of_a_burst_of_notices_are_durable_in_one_commit():
    door = Door()
    for number in range(100):
        shown = c.NoticeDelivered(notice_id=number, topic="copy:live:M1", chat_id=7, message_id=9)
        door.desk.report(shown, by=OWNER)
    assert door.journalled == [], "nobody waits for it"
    await settle()
    (batch,) = door.journalled
    assert [record.notice_id for _, (record,) in batch] == list(range(100))
    assert door.desk.card_message("copy:live:M1", 7) == 9
