"""One Kite account never runs under two names: it would be copied to twice, and lose its exits' session."""

import asyncio
import dataclasses
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from bot.app.process import _begin
from bot.app.rereading import BY_SIGNAL, Rereading, SettingsRefusedError
from bot.app.wiring import App
from bot.kill_switch import KillSwitch
from bot.sealed_followers import open_followers, seal_follower
from bot.settings.settings import FollowerSettings, load_settings
from bot.surroundings import Surroundings
from engine.clock import SystemClock
from engine.core.values import records as r
from engine.core.values.events import Faulted
from engine.core.values.market import AccountName, Venue
from storage.journal import Journal
from storage.vault import Vault
from tests.bot_cli.cli_builders import NOW, VALID
from tests.core.core_holdings import holding
from tests.core.core_world import FATHER, a_follower, done
from tests.engine_shell.test_shell_roster import MASTERS, Door, Group, group, settings_of

__all__ = ["group"]

ASHA = AccountName("asha")


def as_user(one: FollowerSettings, user_id: str) -> FollowerSettings:
    return dataclasses.replace(
        one,
        account=dataclasses.replace(one.account, user_id=user_id),
        rules=replace(one.rules, user_id=user_id),
    )


def rereading(group: Group, *followers: FollowerSettings, vault=None) -> tuple[Rereading, Door]:
    def read():
        return SimpleNamespace(
            followers=followers, master=MASTERS, max_daily_loss=None, values={}, secrets=tuple,
            live_refusals=lambda *, key_file_used: (),
        )  # fmt: skip

    door = Door()
    plain = SimpleNamespace(
        uses_key_file=True, seal=lambda text, context: text, open=lambda text, context: text
    )
    made = Rereading(
        door, group.membership, group.roster, begun=SimpleNamespace(values={}, master=MASTERS),
        reread=read, vault=vault or plain, state=lambda: group.world.state,
    )  # fmt: skip
    return made, door


async def test_a_renamed_follower_waits_until_the_copies_under_his_old_name_are_gone(group):
    dad = as_user(settings_of("dad"), "UFATHER")
    group.world = holding(a_follower(), venue=Venue.PAPER)
    reading, _ = rereading(group, dad)
    with pytest.raises(
        SettingsRefusedError, match="FOLLOWERS__DAD__USER_ID: father still has copies"
    ):
        await reading.now(by=BY_SIGNAL)
    assert "dad" not in {name for _, name in group.roster.lanes}
    group.world.obliging = True
    group.world.master(done("M2", "SELL", 10))
    group.world.wait(3)
    assert await reading.now(by=BY_SIGNAL) == "told"


@pytest.mark.parametrize(("user_id", "whose"), [("UMASTER", "master"), ("UFATHER", "father")])
async def test_an_account_that_runs_under_another_name_until_a_restart_is_refused(
    group, user_id, whose
):
    moved = as_user(settings_of(FATHER), "UELSE")
    reading, _ = rereading(group, moved, as_user(settings_of("dad"), user_id))
    with pytest.raises(SettingsRefusedError, match=f"{user_id} is {whose} until a restart"):
        await reading.now(by=BY_SIGNAL)


async def test_what_is_kept_of_who_leaves_has_the_rules_of_the_newest_reading(group):
    state = group.world.state
    state.env_rules[FATHER] = a_follower(max_slippage_bps=250)
    reading, door = rereading(group)
    await reading.now(by=BY_SIGNAL)
    sealed = dict(door.asked[0].sealed)
    box = SimpleNamespace(open=lambda text, context: text)
    (kept,) = open_followers(sealed, box, named=[])
    assert kept.rules.max_slippage_bps == 250


async def test_a_start_takes_the_exits_of_who_leaves_before_his_new_name(tmp_path, caplog):
    (tmp_path / "var").mkdir(mode=0o700)
    vault = Vault.create(tmp_path / "key")
    values = {**VALID, "DATA_DIR": "var", "KEY_FILE": "key"}
    settings = load_settings(values, folder=tmp_path, open_secret=str)
    (asha,) = settings.followers
    old = dataclasses.replace(
        asha,
        account=dataclasses.replace(asha.account, name=AccountName("before")),
        rules=replace(asha.rules, name=AccountName("before")),
    )
    journal = Journal.open(tmp_path / "var")
    sealed = seal_follower(old, vault)
    leaving = r.FollowerLeaving(follower=old.account.name, sealed=sealed, at=NOW)
    journal.commit([(Faulted(topic="engine", text="before", at=NOW), [leaving])])
    app = App(
        settings,
        vault,
        KillSwitch(tmp_path / "kill"),
        journal,
        clock=SystemClock(),
        around=Surroundings(machine=lambda _now: (), reread=lambda: settings),
    )
    _begin(app)
    await asyncio.sleep(0)
    assert set(app.runner.state.rules) == {"before"}
    assert set(app.roster.used) == {"before"}
    told = [notice.text for notice, _ in journal.waiting_notices([42], since=NOW)]
    assert any(
        text.startswith("asha is left out: CD5678 is before, who still has") for text in told
    )
    journal.close()
