"""What people switch, and the sentence each request is answered with."""

from datetime import timedelta

import pytest

from engine.core.chat.mode_asks import MOST_TOTP_FAILURES
from engine.core.values import control as c
from engine.core.values.events import Asked
from engine.core.values.market import MASTER, AccountName, Exchange, Venue
from engine.core.values.notices import Severity, SkipReason
from tests.core.core_world import FATHER, MOTHER, World, a_follower, an_order, done

NOBODY = AccountName("nobody")


# -- copying ---------------------------------------------------------------------------------


def waiting(*followers) -> World:
    """Copying was started without the master's order that rested already."""
    world = World(*followers, copying=False)
    world.master(an_order(price="99"))
    assert world.ask(c.StartCopy()).text == (
        "Copying started: what the master does from now on is copied."
    )
    return world


def test_a_second_start_only_says_since_when():
    world = waiting()
    world.wait(60)
    assert world.ask(c.StartCopy()).text == "Already copying since 10:00:00."
    assert not world.pending


def test_open_orders_can_be_copied_too_though_copying_goes_on_already():
    """Another beginning would withdraw what waits to leave: that one is not started anew."""
    world = waiting()
    world.lose_session()
    world.log_in(FATHER)
    world.master(an_order("M2", price="98"))
    assert not world.pending, "it waits until the follower's book was read"
    epoch = world.state.mode_epoch
    assert world.ask(c.StartCopy(copy_open_orders=True)).text == (
        "Already copying since 10:00:00. 1 open order of the master is copied too."
    )
    assert world.state.mode_epoch == epoch
    world.read()
    assert {world.ack().price for _ in range(2)} == {99, 98}
    world.check_journal()


def test_an_open_order_is_not_copied_too_where_something_else_stands_against_it():
    world = waiting(a_follower("father"), a_follower("mother", segments=frozenset({Exchange.NFO})))
    reply = world.ask(c.StartCopy(copy_open_orders=True))
    assert reply.text.endswith(" 1 open order of the master is copied too.")
    assert world.place().follower == FATHER
    assert not world.pending
    assert world.skip_of(name=MOTHER) is SkipReason.SEGMENT


def test_an_open_order_that_every_follower_has_is_not_counted_as_copied_too():
    world = World()
    world.master(an_order(price="99"))
    world.ack()
    assert world.ask(c.StartCopy(copy_open_orders=True)).text == "Already copying since 10:00:00."
    assert not world.pending


def test_resting_entries_are_cancelled_only_once_copying_is_stopped():
    world = World()
    world.master(an_order(price="99"))
    entry = world.ack()
    refused = world.ask(c.CancelRestingEntries())
    assert (refused.accepted, refused.text) == (
        False, "Still copying, so they would be placed again: /stop first.",
    )  # fmt: skip
    assert not world.pending
    assert world.ask(c.StopCopy()).text.endswith(" 1 entry order still rests at the broker.")
    assert world.ask(c.CancelRestingEntries()).text == "Cancelling 1 resting entry order."
    assert world.cancelled() == entry
    assert world.ask(c.CancelRestingEntries()).text == "None rest."


# -- the mode --------------------------------------------------------------------------------


def live(world: World, step: int | None) -> c.Reply:
    return world.ask(c.GoLive(armed_until=world.now + timedelta(hours=1), totp_step=step))


def test_a_code_goes_live_once():
    world = World(venue=Venue.PAPER, copying=False)
    assert live(world, 77).text == (
        "Mode is LIVE, armed until 18 Nov 11:00 IST. Nothing is copied yet: /start_copy begins."
    )
    for used in (77, 76):
        again = live(world, used)
        assert (again.accepted, again.text) == (
            False, "That code was used already: wait for the next one.",
        )  # fmt: skip
    assert live(world, 78).text == "LIVE entries are armed until 18 Nov 11:00 IST."


def test_paper_says_where_it_is_already_and_stops_what_was_copied():
    world = World()
    assert world.ask(c.GoPaper()).text == (
        "Mode is PAPER. Nothing is written to the broker. /start_copy begins."
    )
    assert (world.state.venue, world.state.copying) == (Venue.PAPER, False)
    assert world.ask(c.GoPaper()).text == "Mode is PAPER already."
    idle = World(copying=False)
    assert idle.ask(c.GoPaper()).accepted
    assert (idle.state.venue, idle.state.copying) == (Venue.PAPER, False)


def test_the_lock_of_wrong_codes_is_lifted_on_the_server():
    world = World(venue=Venue.PAPER, copying=False)
    for _ in range(MOST_TOTP_FAILURES):
        world.ask(c.TotpFailed())
    assert live(world, 77).text == (
        "Locked after five wrong codes: run `copytrader unlock` on the server."
    )
    assert world.ask(c.UnlockTotp()).text == "The TOTP lock is lifted."
    assert live(world, 77).accepted
    assert world.ask(c.TotpFailed()).text == "Wrong code. 4 tries left."


# -- the kill switch -------------------------------------------------------------------------


def test_the_kill_switch_is_set_and_released_once_and_told_to_everyone():
    world = World()
    assert world.ask(c.SetKill(active=False)).text == "The kill switch is not set."
    said = "The kill switch is set: no further entry leaves. Exits still follow the master."
    assert world.ask(c.SetKill(active=True)).text == said
    assert [each.severity for each in world.alerts(said)] == [Severity.CRITICAL]
    assert world.ask(c.SetKill(active=True)).text == "The kill switch is set already."
    world.master(done())
    assert (world.places(), world.skip_of()) == ([], SkipReason.KILL_SWITCH)
    assert world.ask(c.SetKill(active=False, totp_step=77)).text == "The kill switch is released."
    assert len(world.alerts("The kill switch is released.")) == 1
    world.master(done("M2"))
    assert world.place().quantity == 10


def test_a_code_that_was_used_releases_nothing():
    world = World()
    live(world, 77)
    world.ask(c.SetKill(active=True))
    refused = world.ask(c.SetKill(active=False, totp_step=77))
    assert (refused.accepted, refused.text) == (
        False, "That code was used already: wait for the next one.",
    )  # fmt: skip
    assert world.state.killed
    assert world.ask(c.SetKill(active=False, totp_step=78)).accepted


# -- one account -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_", [c.PauseFollower(follower=NOBODY), c.ResumeFollower(follower=NOBODY)]
)
def test_a_name_that_is_nobodys_is_answered_with_the_names_there_are(request_):
    world = World(a_follower("father"), a_follower("mother"))
    reply = world.ask(request_)
    assert (reply.accepted, reply.text) == (
        False, "No follower is named 'nobody'. Followers: father, mother.",
    )  # fmt: skip
    world.restart(rules=[])
    assert world.ask(request_).text == "No follower is named 'nobody'. Followers: none."


@pytest.mark.parametrize(("user_id", "told"), [(0, 1), (1, 0)])
def test_a_login_on_the_server_is_told_in_the_chat_and_one_in_the_chat_is_answered(user_id, told):
    world = World()
    world.sleep(60)
    request = c.SessionStored(
        account=MASTER, user_id="UM", user_name="", sealed_token="y", login_at=world.now
    )
    by = c.Requester(user_id=user_id, name="owner")
    event = Asked(request=request, by=by, update_id=None, sent_at=None, at=world.now)
    reply = world.offer(event).reply
    said = "master is logged in until 06:00 IST (Kite: UM)."
    assert reply is not None
    assert reply.text == said
    assert len(world.alerts(said)) == told


def test_a_message_that_was_shown_is_known_as_the_card_to_edit():
    world = World()
    shown = c.NoticeDelivered(notice_id=3, topic="copy:LIVE:M1", chat_id=5, message_id=70)
    assert world.ask(shown).accepted
    assert world.state.cards == {("copy:LIVE:M1", 5): 70}
    world.restart()
    assert world.state.cards == {("copy:LIVE:M1", 5): 70}
