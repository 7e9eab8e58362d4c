"""A code of somebody who was sent away lets nobody in, least of all himself."""

from engine.core.values import control as c
from engine.core.values.control import Requester
from engine.core.values.events import Asked
from engine.core.values.people import Role
from tests.core.core_world import World, a_follower

SERVER = Requester(user_id=0, name="command line")
ASHA = Requester(user_id=1, name="Asha")
RAVI = Requester(user_id=2, name="Ravi")
MEENA = Requester(user_id=3, name="Meena")


def asks(world: World, request, by: Requester):
    event = Asked(request=request, by=by, update_id=None, sent_at=None, at=world.now)
    return world.offer(event).reply


def an_owner_who_holds_a_code() -> World:
    world = World(a_follower())
    world.state.owners = frozenset({ASHA.user_id})
    asks(world, c.InvitePerson(digest="o", role=Role.OWNER), SERVER)
    assert asks(world, c.PairPerson(digest="o"), RAVI).accepted
    assert asks(world, c.InvitePerson(digest="d", role=Role.OPERATOR), RAVI).accepted
    return world


def test_while_he_is_an_owner_his_code_works():
    world = an_owner_who_holds_a_code()
    assert asks(world, c.PairPerson(digest="d"), MEENA).accepted


def test_whoever_is_sent_away_does_not_come_in_again_by_a_code_of_his_own():
    world = an_owner_who_holds_a_code()
    assert asks(world, c.RevokePerson(user_id=RAVI.user_id), ASHA).accepted
    assert not asks(world, c.PairPerson(digest="d"), RAVI).accepted
    assert not asks(world, c.PairPerson(digest="d"), MEENA).accepted
    assert not world.state.people
