"""Who is let in and sent away: by owners, by codes that work once, and strangers are named an hour apart."""

from datetime import timedelta

import pytest

from engine.core.chat.people_asks import MOST_STRANGERS
from engine.core.state.people import people_view, role_of
from engine.core.values import control as c
from engine.core.values.events import Asked
from engine.core.values.market import AccountName
from engine.core.values.notices import Severity
from engine.core.values.people import CODE_LASTS, PEOPLE_TOPIC, Role
from tests.core.core_world import FATHER, OWNER, World, a_follower, done

SON = c.Requester(user_id=7, name="son")
LOCAL = c.Requester(user_id=0, name="command line")
LOCKED = "Locked after five wrong codes: run `copytrader unlock` on the server."


def a_world(*followers) -> World:
    world = World(*followers)
    world.state.owners = frozenset({OWNER.user_id})
    return world


def ask(world: World, request: c.Request, by: c.Requester = OWNER) -> c.Reply:
    world._updates += 1
    event = Asked(request=request, by=by, update_id=world._updates, sent_at=None, at=world.now)
    reply = world.offer(event).reply
    assert reply is not None
    return reply


def invited(role: Role = Role.OPERATOR, *, digest: str = "d1", follower=None, step=None):
    return c.InvitePerson(digest=digest, role=role, follower=follower, totp_step=step)


def paired(world: World, role: Role, *, by: c.Requester = SON, digest: str = "d1") -> c.Reply:
    follower = FATHER if role is Role.FOLLOWER else None
    assert ask(world, invited(role, digest=digest, follower=follower)).accepted
    return ask(world, c.PairPerson(digest=digest), by)


@pytest.mark.parametrize(
    ("role", "said"),
    [
        (Role.OPERATOR, "You are an operator now."),
        (Role.FOLLOWER, "You are the follower of father now."),
    ],
)
def test_a_code_lets_one_person_in_as_what_it_was_made_for_and_owners_are_told(role, said):
    world = a_world()
    reply = paired(world, role)
    assert reply.accepted
    assert reply.text.startswith(said)
    assert role_of(world.state, SON.user_id) is role
    (alert,) = world.alerts("son (Telegram id 7) is ")
    assert (alert.severity, alert.topic) == (Severity.WARNING, PEOPLE_TOPIC)
    assert not ask(world, c.PairPerson(digest="d1"), c.Requester(user_id=8, name="x")).accepted
    world.check_journal()


def test_a_code_works_for_ten_minutes_and_a_newer_one_takes_its_place():
    world = a_world()
    assert ask(world, invited()).text == "Good once, till 10:10 IST, for one operator."
    assert ask(world, invited(digest="d2")).accepted
    assert not ask(world, c.PairPerson(digest="d1"), SON).accepted
    world.sleep(CODE_LASTS.total_seconds())
    reply = ask(world, c.PairPerson(digest="d2"), SON)
    assert reply.text == "That code is wrong, used or expired. Ask an owner for a new one."
    assert role_of(world.state, SON.user_id) is None


def test_codes_of_different_roles_and_accounts_stand_beside_each_other():
    world = a_world(a_follower(), a_follower("mother"))
    ask(world, invited(Role.FOLLOWER, digest="f", follower=FATHER))
    ask(world, invited(Role.FOLLOWER, digest="m", follower=AccountName("mother")))
    ask(world, invited(digest="o"))
    assert set(world.state.invitations) == {"f", "m", "o"}


@pytest.mark.parametrize("follower", [None, AccountName("nobody")])
def test_a_follower_is_invited_for_an_account_that_is_configured(follower):
    reply = ask(a_world(), invited(Role.FOLLOWER, follower=follower))
    assert reply.text == "A follower needs one of the accounts that are copied to: father."


def test_an_operator_is_invited_for_no_account():
    assert not ask(a_world(), invited(Role.OPERATOR, follower=FATHER)).accepted


def test_only_owners_and_the_command_line_let_in_and_send_away():
    world = a_world()
    assert ask(world, invited(), SON).text == "Only owners may let people in."
    assert ask(world, invited(), LOCAL).accepted
    revoke = c.RevokePerson(user_id=9)
    assert ask(world, revoke, SON).text == "Only owners may send people away."
    assert ask(world, revoke, LOCAL).text == "Nobody with that id is paired."


def test_a_code_that_gives_less_than_somebody_has_is_not_used_up():
    world = a_world()
    assert paired(world, Role.OPERATOR).accepted
    reply = paired(world, Role.FOLLOWER, digest="d2")
    assert reply.text == "You are an operator already. The code was not used: it gives less."
    assert role_of(world.state, SON.user_id) is Role.OPERATOR
    assert "d2" in world.state.invitations
    other = c.Requester(user_id=8, name="daughter")
    assert ask(world, c.PairPerson(digest="d2"), other).accepted


@pytest.mark.parametrize("role", [Role.OWNER, Role.OPERATOR])
def test_an_owner_of_the_settings_needs_no_code(role):
    world = a_world()
    reply = paired(world, role, by=OWNER)
    assert not reply.accepted
    assert "The code was not used" in reply.text
    assert OWNER.user_id not in world.state.people


def test_who_is_sent_away_is_heard_no_more_and_owners_of_the_settings_cannot_be():
    world = a_world()
    paired(world, Role.OPERATOR)
    assert ask(world, c.ProveCode(totp_step=5), SON).accepted
    reply = ask(world, c.RevokePerson(user_id=SON.user_id))
    assert reply.text == "son is not heard any more."
    assert role_of(world.state, SON.user_id) is None
    assert SON.user_id not in world.state.codes_accepted
    assert world.alerts("son (Telegram id 7) is an operator no more, by owner.")
    assert "TELEGRAM__ADMINS" in ask(world, c.RevokePerson(user_id=OWNER.user_id)).text
    world.check_journal()


def test_a_code_of_the_second_factor_counts_once_whatever_it_was_given_for():
    world = a_world()
    used = "That code was used already: wait for the next one."
    assert ask(world, c.ProveCode(totp_step=5)).text == "The code is right."
    assert world.state.codes_accepted[OWNER.user_id] == world.now
    assert ask(world, c.ProveCode(totp_step=5)).text == used
    assert ask(world, invited(step=4)).text == used
    assert ask(world, invited(step=6)).accepted
    assert ask(world, c.ProveCode(totp_step=6)).text == used


def test_nothing_is_proved_nor_anybody_let_in_while_codes_are_locked():
    world = a_world()
    for _ in range(5):
        ask(world, c.TotpFailed())
    assert ask(world, c.ProveCode(totp_step=9)).text == LOCKED
    assert ask(world, invited(step=9)).text == LOCKED


def test_a_follower_whose_account_is_not_configured_any_more_is_shown_by_its_kite_id():
    world = a_world(a_follower(), a_follower("mother"))
    paired(world, Role.FOLLOWER)
    paired(world, Role.OPERATOR, by=c.Requester(user_id=8, name="aunt"), digest="d2")
    assert [(one.name, one.account) for one in people_view(world.state)] == [
        ("son", "father"),
        ("aunt", None),
    ]
    ask(world, invited(Role.FOLLOWER, digest="d3", follower=FATHER))
    world.restart(rules=[a_follower("mother")])
    world.state.owners = frozenset(
        {OWNER.user_id}
    )  # of the settings, which are read at every start
    first = next(iter(people_view(world.state)))
    assert (first.account, first.account_id) == (None, "UFATHER")
    cousin = c.Requester(user_id=9, name="cousin")
    reply = ask(world, c.PairPerson(digest="d3"), cousin)
    assert reply.text.startswith("You are the follower of UFATHER now.")


def test_a_stranger_is_named_once_an_hour_and_a_flood_of_them_as_one():
    world = a_world()
    for user_id in (100, 100, *range(101, 100 + MOST_STRANGERS + 3)):
        ask(
            world, c.NameStranger(user_id=user_id, name="x"), c.Requester(user_id=user_id, name="x")
        )
    told = world.alerts("Somebody unknown writes")
    assert len(told) == MOST_STRANGERS
    assert [("many of them" in each.text) for each in told].index(True) == MOST_STRANGERS - 1
    world.sleep(timedelta(hours=1).total_seconds())
    ask(world, c.NameStranger(user_id=100, name="x"))
    assert len(world.alerts("Somebody unknown writes")) == MOST_STRANGERS + 1
    assert set(world.state.strangers_named) == {100}
    world.check_journal()


def test_what_somebody_without_a_button_was_shown_does_not_start_the_five_minutes():
    """A critical alert waits for a person who may acknowledge it: an operator has no button."""
    world = a_world()
    paired(world, Role.OPERATOR)
    world.master(done("M1"))
    world.ack_and_fill()
    world.master(done("X1", "SELL"))
    world.refuse(world.place())
    (alert,) = world.alerts("SELL 10 SBIN was refused")
    for chat_id, to_owner in ((SON.user_id, False), (OWNER.user_id, True)):
        ask(
            world,
            c.NoticeDelivered(
                notice_id=alert.notice_id, topic=alert.topic, chat_id=chat_id, message_id=1
            ),
        )
        waits = world.state.unacknowledged.get(alert.notice_id)
        assert (waits is not None) is to_owner
