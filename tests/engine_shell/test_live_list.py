"""/live and `check --online` run one list: what the brokers say, what the engine knows, what the machine is like."""

from bot.live_checks import PROOFS_HOLD_S
from bot.verbs import verbs
from engine.core.values.market import MASTER, Venue
from engine.core.values.orders import Profile
from engine.core.values.proofs import AccountProof, Silence
from engine.core.values.views import CheckLevel, CheckLine
from tests.core.core_world import FATHER, World
from tests.engine_shell.test_shell_desk import Door

DISK = CheckLine(level=CheckLevel.WARN, text="disk: 0.1 GB free - free some space")


def a_door(world: World) -> Door:
    door = Door(world=world)

    async def prove():
        door.proved = getattr(door, "proved", 0) + 1
        return (
            AccountProof(account=MASTER, user_id="UMASTER", silence=Silence.SESSION_ENDED),
            AccountProof(account=FATHER, user_id="UFATHER", silence=Silence.NOT_REACHED, why="x"),
        )

    async def machine():
        return (DISK,)

    checks = door.desk._checks
    checks._prove, checks._machine = prove, machine
    return door


async def test_live_is_told_what_check_tells_of_the_brokers_and_of_the_machine():
    door = a_door(World(venue=Venue.LIVE, copying=False))
    live = await door.desk.preflight(Venue.LIVE)
    answered = verbs(door.desk, None, door.shell.clock)["check"]
    check = {line["text"]: line["level"] for line in (await answered({}))["lines"]}
    assert check["master: Kite has ended the session, /login master"] == "fail"
    assert check["father: Kite not reached: x, left out; see the network"] == "warn"
    of_machine = {DISK.text: "warn"}
    assert {line.text: line.level.value for line in live} == check | of_machine


async def test_a_start_on_paper_asks_no_broker():
    door = a_door(World(venue=Venue.PAPER, copying=False))
    texts = [line.text for line in await door.desk.preflight(Venue.PAPER)]
    assert not hasattr(door, "proved")
    assert DISK.text not in texts


async def test_who_is_not_logged_in_needs_a_login_whatever_his_broker_says():
    world = World(venue=Venue.PAPER, copying=False)
    world.lose_session(FATHER)
    door = a_door(world)
    texts = [line.text for line in await door.desk.checked(Venue.PAPER)]
    assert "father: no session, left out; /login father" in texts


async def test_a_start_right_after_live_asks_well_accounts_no_second_time():
    door = a_door(World(venue=Venue.LIVE, copying=False))
    profile = Profile(user_id="U", user_name="U", exchanges=frozenset(), products=frozenset())
    asked = []

    async def prove():
        asked.append(door.shell.clock.monotonic())
        names = (MASTER, FATHER)
        return tuple(AccountProof(account=each, user_id="U", profile=profile) for each in names)

    door.desk._checks._prove = prove
    await door.desk.preflight(Venue.LIVE)
    await door.desk.preflight(Venue.LIVE)
    assert len(asked) == 1
    await door.shell.clock.pass_time(PROOFS_HOLD_S + 1)
    await door.desk.preflight(Venue.LIVE)
    assert len(asked) == 2


async def test_an_account_that_was_ill_is_asked_again_at_once():
    door = a_door(World(venue=Venue.LIVE, copying=False))
    await door.desk.preflight(Venue.LIVE)
    await door.desk.preflight(Venue.LIVE)
    assert door.proved == 2
