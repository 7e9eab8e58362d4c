"""A change of keys seals the kept sessions anew, and changes nothing else of them."""

from engine.core.values import control as c
from tests.core.core_reread import leaving
from tests.core.core_world import FATHER, MOTHER, World, a_follower


def test_a_session_keeps_all_but_its_seal_and_one_that_ended_is_not_revived():
    world = World(a_follower("father"), a_follower("mother"))
    world.log_in(FATHER, "NSE", consent="physical")
    world.lose_session(MOTHER)
    before = world.state.account(FATHER)
    kept = (before.user_id, before.user_name, before.login_at, before.exchanges)
    alerts = world.alerts()
    tokens = ((FATHER, "sealed anew"), (MOTHER, "of a session that ended"))
    assert world.ask(c.ResealSessions(tokens=tokens)).accepted
    assert world.alerts() == alerts
    world.restart()
    father, mother = world.state.account(FATHER), world.state.account(MOTHER)
    assert father.session_ok
    assert (father.user_id, father.user_name, father.login_at, father.exchanges) == kept
    assert (father.sealed_token, father.demat_consent) == ("sealed anew", "physical")
    assert not mother.session_ok
    assert mother.sealed_token == ""


def test_who_is_leaving_is_kept_under_the_new_seal_and_who_is_not_is_not_made_to():
    world = leaving()
    reseal = ((FATHER, "sealed anew"), (MOTHER, "of nobody who leaves"))
    assert world.ask(c.ResealSessions(tokens=(), leaving=reseal)).accepted
    world.restart()
    assert world.state.leaving == {FATHER: "sealed anew"}
