"""The one login button of an account that may be used: the newest, over a restart, until he is logged in."""

from datetime import timedelta

from engine.core.values import control as c
from engine.core.values.logins import PendingLogin
from tests.core.core_world import FATHER, MOTHER, OWNER, World, a_follower


def offer(world: World, account: str, digest: str, *, asked_in: int | None = None) -> PendingLogin:
    until = world.now + timedelta(minutes=10)
    request = c.OfferLogin(account=account, digest=digest, until=until, asked_in=asked_in)
    assert world.ask(request).accepted
    return PendingLogin(
        account=account,
        digest=digest,
        until=until,
        user_id=OWNER.user_id,
        by=OWNER.name,
        asked_in=asked_in,
    )


def test_a_newer_button_takes_the_place_of_the_one_before():
    world = World(a_follower(FATHER), a_follower(MOTHER))
    offer(world, FATHER, "first")
    kept = {MOTHER: offer(world, MOTHER, "hers"), FATHER: offer(world, FATHER, "new", asked_in=7)}
    assert world.state.logins == kept
    world.restart()
    assert world.state.logins == kept


def test_a_login_ends_the_button_of_that_account_alone():
    world = World(a_follower(FATHER), a_follower(MOTHER))
    offer(world, FATHER, "his")
    hers = offer(world, MOTHER, "hers")
    world.log_in(FATHER)
    assert world.state.logins == {MOTHER: hers}
    world.check_journal()
