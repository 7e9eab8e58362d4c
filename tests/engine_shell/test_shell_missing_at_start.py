"""A start keeps each account sealed, and takes the exits of whoever was deleted from the file meanwhile."""

import asyncio
from contextlib import closing, contextmanager

import pytest

from bot.app.keeping import Keeping
from bot.app.process import _begin
from bot.app.wiring import App
from bot.kill_switch import KillSwitch
from bot.settings.settings import load_settings
from bot.surroundings import Surroundings
from engine.core.values.events import Faulted
from engine.core.values.market import Venue
from engine.core.values.records import FollowerKept, FollowerLeaving
from storage.codec import decode_record
from storage.journal import STORE_NAME, Journal
from storage.store_copy import copy_store
from storage.vault import Vault, follower_context
from tests.bot_cli.cli_builders import NOW, VALID, FixedClock
from tests.core.core_holdings import holding
from tests.core.core_world import FATHER, World, a_follower
from tests.core.test_core_settings_reread import reread
from tests.engine_shell.test_shell_roster import settings_of

ASHA = {key: text for key, text in VALID.items() if "ASHA" in key}
REST = {key: text for key, text in VALID.items() if "ASHA" not in key}


def called(name: str, **changed: str) -> dict[str, str]:
    """Return the lines of asha's account under another name."""
    lines = {key.replace("ASHA", name): text for key, text in ASHA.items()}
    return lines | {f"FOLLOWERS__{name}__{field}": text for field, text in changed.items()}


RAVI = called("RAVI", USER_ID="EF9012", API_KEY="ravikey")


class Host:
    """A machine on which the program is started again and again, with one file or another."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "var").mkdir(mode=0o700)
        self.vault = Vault.create(folder / "key")

    @contextmanager
    def started(self, *lines: dict[str, str]):
        """Start with a file, have everything queued done, and end at the close of the block."""
        values = {**REST, "DATA_DIR": "var", "KEY_FILE": "key"}
        for each in lines:
            values |= each
        settings = load_settings(values, folder=self.folder, open_secret=str)
        with closing(Journal.open(self.folder / "var")) as journal:
            app = App(
                settings, self.vault, KillSwitch(self.folder / "kill"), journal, clock=FixedClock(),
                around=Surroundings(machine=lambda _now: (), reread=lambda: settings),
            )  # fmt: skip
            _begin(app)
            yield app

    async def start(self, *lines: dict[str, str]) -> App:
        """Start, look once at what is to be kept, and end."""
        with self.started(*lines) as app:
            for _ in range(2):
                await asyncio.sleep(0)
                app.keeping.look()
            await asyncio.sleep(0)
            app.membership.look()
            return app

    def holds(self, name: str, venue: Venue = Venue.PAPER) -> None:
        """Have a follower hold ten copied SBIN."""
        world: World = holding(a_follower(name), venue=venue, at=NOW)
        records = [decode_record(kind, body) for kind, body in world.journal]
        with closing(Journal.open(self.folder / "var")) as journal:
            journal.commit([(Faulted(topic="engine", text="before", at=NOW), records)])

    def records(self, kind: type) -> list[tuple[str, bool]]:
        """Return of whom records of a kind are in the store, and whether they hold something."""
        with closing(Journal.open(self.folder / "var")) as journal:
            found = journal._db.execute(
                "SELECT body FROM records WHERE kind = ? ORDER BY seq", (kind.__name__,)
            ).fetchall()
        records = [decode_record(kind.__name__, body) for (body,) in found]
        return [(each.follower, bool(each.sealed)) for each in records]

    def told(self) -> str:
        with closing(Journal.open(self.folder / "var")) as journal:
            return "\n".join(n.text for n, _ in journal.waiting_notices([42], since=NOW))

    def raw(self) -> bytes:
        return b"".join(each.read_bytes() for each in (self.folder / "var").glob("*.db*"))


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


async def test_an_account_is_kept_once_and_again_only_when_it_changes(host):
    changes = {
        "FOLLOWERS__ASHA__SEGMENT_MULTIPLIERS": '{"NFO": "0.5", "MCX": "0"}',
        "FOLLOWERS__ASHA__MAX_DAILY_LOSS": "5000",
        "FOLLOWERS__ASHA__SYMBOLS_ALLOW": "NSE:SBIN,NFO:NIFTY*,MCX:*",
        "FOLLOWERS__ASHA__MAX_ENTRY_AGE_S": "7",
        "FOLLOWERS__ASHA__PROXY": "http://a:b@127.0.0.1:3128",
    }
    for lines in (ASHA, ASHA, changes | ASHA, changes | ASHA, ASHA | {"LOG_LEVEL": "DEBUG"}):
        await host.start(lines, RAVI)
    assert host.records(FollowerKept) == [
        ("asha", True),
        ("ravi", True),
        ("asha", True),
        ("asha", True),
    ]
    assert b"ashasecretcanary" not in host.raw()


class CountingBox:
    """Seals nothing, and counts how often something is opened."""

    def __init__(self) -> None:
        self.opened = 0

    def seal(self, text: str, context: str) -> str:
        return f"{context}:{text}"

    def open(self, sealed: str, context: str) -> str:
        self.opened += 1
        return sealed.removeprefix(f"{context}:")


def test_a_look_costs_nothing_where_nothing_changed_and_who_comes_back_is_kept_anew():
    box, used = CountingBox(), {FATHER: settings_of(FATHER)}
    world = holding(a_follower(), venue=Venue.PAPER)
    keeping = Keeping(used, vault=box, state=lambda: world.state, report=world.ask)
    for _ in range(3):
        keeping.look()
    assert (list(world.state.kept), box.opened) == ([FATHER], 1)
    reread(world)
    keeping.look()
    assert world.state.leaving
    assert not world.state.kept
    reread(world, a_follower())
    keeping.look()
    assert list(world.state.kept) == [FATHER]
    # What an owner has confirmed, or a reading has changed, counts for what is kept too.
    reread(world, a_follower(max_order_quantity=5))
    keeping.look()
    assert '"max_order_quantity":5' in world.state.kept[FATHER]
    assert box.opened == 3


async def test_who_was_deleted_while_nothing_ran_still_has_his_account_and_leaves(host):
    host.holds("asha")
    await host.start(ASHA, RAVI)
    app = await host.start(RAVI)
    assert set(app.roster.used) == {"asha", "ravi"}
    asha = app.roster.used["asha"].account
    assert (asha.user_id, asha.api_key) == ("CD5678", "ashakey")
    assert asha.api_secret.reveal() == "ashasecretcanary"
    assert not app.runner.state.rules["asha"].enabled
    assert set(app.runner.state.leaving) == {"asha"}
    assert "asha: is removed when flat, no further entry. Still held: +10 SBIN" in host.told()
    # A start like any other from then on.
    app = await host.start(RAVI)
    assert set(app.roster.used) == {"asha", "ravi"}
    assert host.records(FollowerLeaving) == [("asha", True)]
    assert host.told().count("asha: is removed when flat") == 1


async def test_who_enters_nothing_is_off_before_the_first_event_of_the_start(host):
    host.holds("asha")
    await host.start(ASHA, RAVI)
    with host.started(RAVI) as app:
        assert not app.runner.state.rules["asha"].enabled
        await asyncio.sleep(0)


async def test_who_held_nothing_is_gone_and_nothing_is_kept_of_him(host):
    await host.start(ASHA, RAVI)
    app = await host.start(RAVI)
    assert set(app.roster.used) == set(app.runner.state.rules) == {"ravi"}
    assert host.records(FollowerKept)[-1] == ("asha", False)
    assert "asha: is removed" in host.told()
    await host.start(RAVI)
    assert host.told().count("asha: is removed") == 1


async def test_renamed_while_nothing_ran_the_new_name_waits_for_the_exits_of_the_old(host):
    host.holds("asha")
    await host.start(ASHA)
    app = await host.start(called("MEENA"))
    assert set(app.roster.used) == set(app.runner.state.rules) == {"asha"}
    assert {name for _, name in app.roster.lanes} == {"asha"}
    assert (
        "meena is left out: CD5678 is asha, who still has copies there - keep the name asha until"
        in host.told()
    )
    assert ("meena", True) not in host.records(FollowerKept)


async def test_renamed_without_copies_the_new_name_counts_at_once(host):
    await host.start(ASHA)
    app = await host.start(called("MEENA"))
    assert set(app.roster.used) == set(app.runner.state.rules) == {"meena"}
    assert ("meena", True) in host.records(FollowerKept)


async def test_with_another_key_it_is_said_loudly_at_every_start_and_nothing_is_forgotten(host):
    host.holds("asha")
    await host.start(ASHA, RAVI)
    (host.folder / "key").rename(host.folder / "lost")
    own, host.vault = host.vault, Vault.create(host.folder / "key")
    for _ in range(2):
        app = await host.start(RAVI)
        assert set(app.roster.used) == {"ravi"}
    assert host.told().count("asha is not configured any more but holds 10 copied SBIN") == 2
    assert "read again" not in host.told()
    # What the new key opens is kept anew; what only the lost one opens stays.
    assert host.records(FollowerKept)[2:] == [("ravi", True)]
    host.vault = own
    app = await host.start(RAVI)
    assert set(app.roster.used) == {"asha", "ravi"}


async def test_what_is_kept_of_an_account_with_copies_outlives_another_under_its_name(host):
    host.holds("asha", venue=Venue.LIVE)
    held_in = called("ASHA", USER_ID="UASHA")
    await host.start(held_in, RAVI)
    app = await host.start(called("ASHA", USER_ID="ZZ9999"), RAVI)
    assert app.roster.used["asha"].account.user_id == "ZZ9999"
    app = await host.start(RAVI)
    assert app.roster.used["asha"].account.user_id == "UASHA"
    assert set(app.runner.state.leaving) == {"asha"}


async def test_a_backup_has_what_is_kept_now_and_nothing_of_before(host, tmp_path):
    await host.start(ASHA, RAVI)
    await host.start(called("ASHA", API_KEY="newkey"))
    copy = tmp_path / "copy"
    copy.mkdir()
    with closing(Journal.open(host.folder / "var")) as journal:
        kept = dict(journal.load().kept)
    copy_store(host.folder / "var" / STORE_NAME, copy / STORE_NAME)
    with closing(Journal.open(copy)) as journal:
        assert journal.load().kept == kept
    assert set(kept) == {"asha"}
    assert "newkey" in host.vault.open(kept["asha"], follower_context("asha"))
    assert (copy / STORE_NAME).read_bytes().count(b"enc:") == 1
