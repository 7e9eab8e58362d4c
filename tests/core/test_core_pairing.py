"""Who is let in, by which code, and who is sent away; as the journal has it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.core.chat.people_asks import MOST_STRANGERS
from engine.core.chat.plain_sentences import asking, of_people
from engine.core.state.fold import apply
from engine.core.state.people import people_view, role_of
from engine.core.state.state import State
from engine.core.values import control as c
from engine.core.values.control import Requester
from engine.core.values.events import Asked
from engine.core.values.people import PEOPLE_TOPIC, Role
from storage.codec import decode_record
from tests.core.core_world import FATHER, MORNING, World, a_follower

SERVER = Requester(user_id=0, name="command line")
ASHA = Requester(user_id=1, name="Asha")
RAVI = Requester(user_id=2, name="Ravi")
MEENA = Requester(user_id=3, name="Meena")


def a_world() -> World:
    world = World(a_follower())
    world.state.owners = frozenset({ASHA.user_id})
    return world


def asks(world: World, request, by: Requester = ASHA):
    event = Asked(request=request, by=by, update_id=None, sent_at=None, at=world.now)
    return world.offer(event).reply


def invited(world: World, role: Role = Role.OPERATOR, digest: str = "d", **more: object):
    return asks(world, c.InvitePerson(digest=digest, role=role, **more))


def folded(world: World) -> State:
    state = State()
    for kind, body in world.journal:
        apply(state, decode_record(kind, body))
    return state


def test_a_code_lets_one_person_in_and_a_restart_knows_him():
    world = a_world()
    assert invited(world).accepted
    assert asks(world, c.PairPerson(digest="d"), by=RAVI).accepted
    assert role_of(world.state, RAVI.user_id) is Role.OPERATOR
    assert not asks(world, c.PairPerson(digest="d"), by=MEENA).accepted
    state = folded(world)
    assert role_of(state, RAVI.user_id) is Role.OPERATOR
    assert role_of(state, MEENA.user_id) is None
    assert state.people == world.state.people
    assert state.invitations == world.state.invitations == {}


def test_who_let_whom_in_is_told_to_owners_with_ids():
    world = a_world()
    invited(world)
    asks(world, c.PairPerson(digest="d"), by=RAVI)
    told = world.notices[-1]
    assert told.topic == PEOPLE_TOPIC
    assert "Ravi (Telegram id 2) is an operator now, by a code of Asha" in told.text
    asks(world, c.RevokePerson(user_id=2))
    assert "Ravi (Telegram id 2) is an operator no more, by Asha" in world.notices[-1].text


@pytest.mark.parametrize(("minutes", "works"), [(9.9, True), (10, False), (11, False)])
def test_a_code_works_for_ten_minutes(minutes, works):
    world = a_world()
    invited(world)
    world.now += timedelta(minutes=minutes)
    assert asks(world, c.PairPerson(digest="d"), by=RAVI).accepted is works


def test_a_new_code_for_the_same_takes_the_place_of_the_older_one():
    world = a_world()
    invited(world, digest="old")
    invited(world, digest="new")
    assert not asks(world, c.PairPerson(digest="old"), by=RAVI).accepted
    assert asks(world, c.PairPerson(digest="new"), by=RAVI).accepted


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.FOLLOWER])
def test_only_owners_and_the_server_let_people_in_or_send_them_away(role):
    world = a_world()
    more = {"follower": FATHER} if role is Role.FOLLOWER else {}
    invited(world, role, **more)
    asks(world, c.PairPerson(digest="d"), by=RAVI)
    for by in (RAVI, MEENA):
        request = c.InvitePerson(digest="x", role=Role.OWNER)
        assert not asks(world, request, by=by).accepted
        assert not asks(world, c.RevokePerson(user_id=RAVI.user_id), by=by).accepted
    assert world.state.invitations == {}
    assert asks(world, c.InvitePerson(digest="x", role=Role.OWNER), by=SERVER).accepted


def test_a_revoked_person_is_a_stranger_at_once_and_his_proof_is_gone():
    world = a_world()
    invited(world, Role.OWNER)
    asks(world, c.PairPerson(digest="d"), by=RAVI)
    asks(world, c.ProveCode(totp_step=5), by=RAVI)
    assert RAVI.user_id in world.state.codes_accepted
    asks(world, c.RevokePerson(user_id=RAVI.user_id))
    assert role_of(world.state, RAVI.user_id) is None
    assert RAVI.user_id not in world.state.codes_accepted
    assert role_of(folded(world), RAVI.user_id) is None


def test_an_owner_of_the_settings_cannot_be_revoked_and_a_code_never_lowers():
    world = a_world()
    refused = asks(world, c.RevokePerson(user_id=ASHA.user_id))
    assert (refused.accepted, "TELEGRAM__ADMINS" in refused.text) == (False, True)
    invited(world)
    assert not asks(world, c.PairPerson(digest="d"), by=ASHA).accepted
    assert asks(world, c.PairPerson(digest="d"), by=RAVI).accepted, "the code was not used up"
    invited(world, Role.FOLLOWER, digest="f", follower=FATHER)
    assert "already" in asks(world, c.PairPerson(digest="f"), by=RAVI).text
    assert role_of(world.state, RAVI.user_id) is Role.OPERATOR


def test_a_follower_is_bound_to_the_kite_account_and_not_to_its_name():
    world = a_world()
    invited(world, Role.FOLLOWER, follower=FATHER)
    asks(world, c.PairPerson(digest="d"), by=RAVI)
    assert people_view(world.state)[0].account == FATHER
    moved = replace(a_follower(), user_id="ZZ9999")
    world.state.rules = {moved.name: moved}
    assert people_view(world.state)[0].account is None


@pytest.mark.parametrize(
    ("role", "follower"),
    [(Role.FOLLOWER, None), (Role.FOLLOWER, "nobody"), (Role.OPERATOR, FATHER)],
)
def test_a_follower_needs_an_account_and_nobody_else_has_one(role, follower):
    world = a_world()
    assert not invited(world, role, follower=follower).accepted


def test_a_locked_second_factor_lets_nobody_in_but_lets_people_go():
    world = a_world()
    invited(world)
    asks(world, c.PairPerson(digest="d"), by=RAVI)
    for _ in range(5):
        asks(world, c.TotpFailed())
    assert "copytrader unlock" in invited(world).text
    assert not asks(world, c.ProveCode(totp_step=9)).accepted
    assert asks(world, c.RevokePerson(user_id=RAVI.user_id)).accepted


def test_a_step_is_taken_once_whatever_for_and_answers_for_its_person_alone():
    world = a_world()
    assert asks(world, c.ProveCode(totp_step=7)).accepted
    assert "used already" in asks(world, c.ProveCode(totp_step=7), by=RAVI).text
    assert "used already" in invited(world, totp_step=6).text
    assert not asks(world, c.GoLive(armed_until=world.now, totp_step=7)).accepted
    assert set(world.state.codes_accepted) == {ASHA.user_id}
    asks(world, c.TotpFailed())
    assert asks(world, c.ProveCode(totp_step=8)).accepted
    assert world.state.totp_failures == 0
    assert folded(world).codes_accepted == world.state.codes_accepted


def test_a_stranger_is_named_once_an_hour_across_restarts_and_a_flood_as_one():
    world = a_world()

    def names(user_id: int) -> int:
        before = len(world.notices)
        asks(
            world,
            c.NameStranger(user_id=user_id, name="X"),
            by=Requester(user_id=user_id, name="X"),
        )
        return len(world.notices) - before

    assert [names(50), names(50)] == [1, 0]
    world.state.strangers_named = folded(world).strangers_named
    assert names(50) == 0
    world.now += timedelta(minutes=61)
    assert names(50) == 1
    assert sum(names(user_id) for user_id in range(100, 200)) == MOST_STRANGERS - 1
    assert "no further one" in world.notices[-1].text


def test_what_an_operator_was_shown_does_not_start_the_clock_of_an_alert():
    world = a_world()
    invited(world)
    asks(world, c.PairPerson(digest="d"), by=RAVI)
    asks(world, c.SetKill(active=True), by=SERVER)
    [alert] = [each for each in world.notices if "kill switch is set" in each.text]

    def shown(chat_id: int) -> None:
        delivered = c.NoticeDelivered(
            notice_id=alert.notice_id, topic="", chat_id=chat_id, message_id=1
        )
        asks(world, delivered, by=SERVER)

    shown(RAVI.user_id)
    assert world.state.unacknowledged[alert.notice_id] is None
    shown(ASHA.user_id)
    assert world.state.unacknowledged[alert.notice_id] == world.now


STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("invite"), st.integers(0, 3), st.sampled_from([Role.OWNER, Role.OPERATOR])
        ),
        st.tuples(st.just("pair"), st.integers(0, 3), st.integers(10, 13)),
        st.tuples(st.just("revoke"), st.integers(10, 13), st.none()),
        st.tuples(st.just("wait"), st.integers(1, 12), st.none()),
    ),
    max_size=25,
)


@given(STEPS)
def test_a_code_works_once_for_one_person_in_time(steps):
    world = World(a_follower())
    world.state.owners = frozenset({ASHA.user_id})
    made: dict[str, tuple] = {}
    ever: list[str] = []
    for what, one, other in steps:
        if what == "invite":
            digest = f"code {len(ever)}"
            ever.append(digest)
            assert invited(world, other, digest=digest).accepted
            # An older one for the same role works no more.
            made = {d: m for d, m in made.items() if m[0] is not other}
            made[digest] = (other, world.now)
        elif what == "pair":
            # Any that was ever made, so used and ended ones too, the newest oftenest.
            digest = ever[-1 - one] if one < len(ever) else "none"
            role, at = made.get(digest, (None, None))
            before = role_of(world.state, other)
            lowers = before is Role.OWNER and role is Role.OPERATOR
            due = role is not None and world.now - at < timedelta(minutes=10) and not lowers
            reply = asks(world, c.PairPerson(digest=digest), by=Requester(user_id=other, name="P"))
            assert reply.accepted is due
            assert role_of(world.state, other) is (role if due else before)
            if due:
                del made[digest]
        elif what == "revoke":
            asks(world, c.RevokePerson(user_id=one))
            assert role_of(world.state, one) is None
        else:
            world.now += timedelta(minutes=one)
        assert folded(world).people == world.state.people


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (c.ProveCode(totp_step=7), "gave a right code."),
        (c.InvitePerson(digest="d", role=Role.OPERATOR), "made a pairing code for one operator."),
        (c.InvitePerson(digest="d", role=Role.FOLLOWER, follower=FATHER),
         "made a pairing code for one follower of father."),
        (c.PairPerson(digest="d"), "sent a pairing code."),
        (c.RevokePerson(user_id=2), "asked to revoke the person with Telegram id 2."),
        (c.NameStranger(user_id=2, name="x"), "wrote to the bot, which does not know him."),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)  # fmt: skip
def test_who_asked_what_about_people_is_told(request_, said):
    event = Asked(request=request_, by=ASHA, update_id=1, sent_at=None, at=MORNING)
    assert asking(event).text == said


def test_what_became_of_people_is_told():
    world = a_world()
    invited(world, Role.FOLLOWER, follower=FATHER, totp_step=7)
    asks(world, c.PairPerson(digest="d"), by=RAVI)
    asks(world, c.RevokePerson(user_id=RAVI.user_id))
    asks(world, c.NameStranger(user_id=50, name="X"))
    kinds = {"PersonInvited", "PersonPaired", "PersonRevoked", "CodeAccepted", "StrangerNamed"}
    found = [decode_record(kind, body) for kind, body in world.journal if kind in kinds]
    assert len(found) == 5
    told = [sentence.text for each in found if (sentence := of_people(each)) is not None]
    assert told == [
        "the code of the second factor was right.",
        "a pairing code for one follower of UFATHER was made by Asha, good till 10:10.",
        "Ravi (Telegram id 2) was paired as follower by a code of Asha.",
        "Ravi (Telegram id 2) was revoked by Asha.",
    ]
