"""What is kept of an account that a name no longer stands for, and of two names that stand for one."""

from types import SimpleNamespace

from bot.app.rereading import BY_SIGNAL
from bot.sealed_followers import open_followers, seal_follower
from engine.core.values.market import Venue
from tests.core.core_holdings import holding
from tests.core.core_world import FATHER, a_follower
from tests.engine_shell.test_shell_one_account_twice import as_user, rereading
from tests.engine_shell.test_shell_roster import group, settings_of

__all__ = ["group"]


async def test_who_leaves_with_copies_in_his_account_of_before_is_kept_with_that_one(group):
    group.world = holding(a_follower(), venue=Venue.LIVE)
    group.world.state.kept[FATHER] = "his account of before"
    group.roster.used[FATHER] = as_user(settings_of(FATHER), "UELSE")
    reading, door = rereading(group)
    await reading.now(by=BY_SIGNAL)
    assert door.asked[0].sealed == ((FATHER, "his account of before"),)


def test_of_two_names_that_were_kept_for_one_account_the_first_alone_is_opened():
    plain = SimpleNamespace(
        seal=lambda text, context: text, open=lambda text, context: text
    )  # fmt: skip
    one, other = settings_of("dad"), as_user(settings_of("papa"), "UDAD")
    kept = {each.account.name: seal_follower(each, plain) for each in (one, other)}
    assert [each.account.name for each in open_followers(kept, plain, named=[])] == ["dad"]
