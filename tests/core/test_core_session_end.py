"""That a session is over is noted and told once, however many answers say it."""

from tests.core.core_world import FATHER, MOTHER, World, a_follower


def test_a_session_that_several_answers_call_dead_ends_once():
    world = World(a_follower(FATHER), a_follower(MOTHER))
    world.lose_session()
    world.lose_session()
    assert len(world.alerts("the Kite session has ended")) == 1
    assert sum(kind == "SessionKept" and b'"ok":false' in body for kind, body in world.journal) == 1
    assert world.state.account(MOTHER).session_ok
    world.check_journal()
