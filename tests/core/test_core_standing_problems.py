"""What stands against copying is on the status card until it is over; what asks to be seen ends with it."""

from datetime import timedelta

from bot.chat.render import headline, status_card
from engine.core.chat.escalation import ESCALATES_AFTER
from engine.core.chat.reading import status_view
from engine.core.chat.reading_copies import copy_view
from engine.core.values.commands import RefusalKind
from engine.core.values.control import PauseFollower, ResumeFollower
from engine.core.values.copy_view import ChildState
from engine.core.values.events import ClockCompared
from engine.core.values.keys import Leg
from engine.core.values.market import MASTER, Venue
from engine.core.values.offers import OfferKind
from tests.core.core_holdings import holding
from tests.core.core_offers import press, the_offer
from tests.core.core_world import FATHER, World, an_order, done

NOT_ALLOWED = "IP (203.0.113.5) is not allowed to place orders for this app. Add allowed IPs on the Kite developer console."


def clock(world: World, seconds: int) -> None:
    for _ in range(2):
        world.offer(ClockCompared(ahead=timedelta(seconds=seconds), at=world.now))


def card(world: World) -> str:
    return status_card(status_view(world.state, now=world.now), now=world.now)


def asked(world: World, kind: OfferKind) -> int:
    return sum(offer.question.kind is kind for offer in world.state.open_offers.values())


def test_a_wrong_clock_is_on_the_card_and_its_alert_ends_when_it_is_right_again():
    world = World()
    clock(world, 180)
    assert "exits only: this machine's clock is wrong" in card(world)
    assert "this machine's clock is 180 s ahead of Kite's: no entry leaves" in card(world)
    assert "timedatectl" in card(world)
    assert asked(world, OfferKind.CLOCK) == 1
    assert world.state.unacknowledged
    clock(world, 0)
    assert "clock" not in card(world)
    assert asked(world, OfferKind.CLOCK) == 0
    assert not world.state.unacknowledged, "what is over stops nothing five minutes later"


def test_while_the_master_is_out_the_card_does_not_say_that_it_copies():
    world = holding()
    assert "copying · 1 of 1" in headline(status_view(world.state, now=world.now))
    world.lose_session(MASTER)
    assert (
        headline(status_view(world.state, now=world.now))
        == "LIVE 🔴 nothing is copied: log in the master"
    )
    assert "exits neither - /login master" in card(world)
    (alert,) = world.alerts("master: the Kite session has ended")
    assert "until then nothing he does is seen or copied, exits neither" in alert.text
    world.log_in(MASTER)
    assert "log in the master" not in card(world)


def test_whom_kite_shuts_out_is_on_the_card_with_its_words_until_he_is_resumed():
    world = World()
    world.master(done("M1"))
    world.refuse(world.place(), RefusalKind.PERMISSION, NOT_ALLOWED, http_status=403)
    (alert,) = world.alerts("father is paused")
    assert "His exits are refused likewise" in alert.text
    assert (
        "Add this machine's address to the IPs of his app at developers.kite.trade, then /resume father"
        in alert.text
    )
    assert "Kite takes no orders of his: IP (203.0.113.5) is not allowed" in card(world)
    assert asked(world, OfferKind.PAUSED) == 1
    world.wait(1)
    world.ask(ResumeFollower(follower=FATHER))
    assert "Kite takes no orders" not in card(world)
    assert asked(world, OfferKind.PAUSED) == 0
    world.ask(PauseFollower(follower=FATHER))
    assert "Kite takes no orders" not in card(world), "a person has paused him, not Kite"


def test_an_exit_that_was_refused_for_good_makes_the_card_yellow_until_it_is_sent_again():
    world = holding()
    world.master(done("X1", "SELL"))
    world.refuse(world.place(), RefusalKind.PERMISSION, NOT_ALLOWED, http_status=403)
    world.wait(1)
    reply = world.ask(ResumeFollower(follower=FATHER))
    assert '1 refused exit waits for you: press "Send the exit again"' in reply.text
    world.state.stream_up = True
    assert "LIVE 🟡 copying" in card(world)
    assert "father: 1 exit was refused and the copies are still held" in card(world)
    assert press(world, the_offer(world, OfferKind.EXIT), "Send the exit again").accepted
    world.read()
    world.ack_and_fill()
    assert "refused" not in card(world)


def test_an_exit_that_waits_for_a_login_asks_to_be_seen_only_until_then():
    world = holding()
    world.lose_session()
    assert (
        "until then his exits wait too"
        in world.alerts("father: the Kite session has ended")[0].text
    )
    world.master(done("X1", "SELL"))
    assert world.alerts("cannot be sent")
    assert asked(world, OfferKind.UNSENT) == 1
    (part,) = copy_view(world.state, Venue.LIVE, "X1").children
    assert (part.follower, part.state) == (FATHER, ChildState.NEEDS_HUMAN)
    assert part.reason == "no session: the exit waits for /login father"
    world.log_in(FATHER)
    world.wait(1)
    world.read()
    assert asked(world, OfferKind.UNSENT) == 0
    (part,) = copy_view(world.state, Venue.LIVE, "X1").children
    assert part.state is ChildState.SENDING
    world.wait(ESCALATES_AFTER.total_seconds() + 60)
    assert not world.alerts("was not acknowledged")


def test_an_order_that_met_a_dead_session_says_so_in_plain_words():
    world = World()
    world.master(done("M1"))
    world.refuse(world.place(), RefusalKind.SESSION, "Incorrect `api_key` or `access_token`.")
    (alert,) = world.alerts("was refused")
    assert 'was refused: "the Kite session has ended". It is left out' in alert.text
    assert "api_key" not in alert.text
    (child,) = world.children("M1", Leg.ENTRY)
    assert child.reason == "the Kite session has ended"


def test_a_resting_exit_of_an_account_that_is_shut_out_is_told_with_the_account_and_not_twice():
    world = holding()
    world.master(an_order("X1", "SELL", price="110"))
    world.refuse(world.place(), RefusalKind.PERMISSION, NOT_ALLOWED, http_status=403)
    assert world.alerts("father is paused")
    assert not world.alerts("was refused")
    world.master(done("X1", "SELL", price="110"))
    world.refuse(world.place(), RefusalKind.PERMISSION, NOT_ALLOWED, http_status=403)
    (alert,) = world.alerts("was refused")
    assert "send the exit again, or close it in Kite" in alert.text


def test_a_resting_exit_of_somebody_whom_a_person_has_paused_is_told_by_itself():
    world = holding()
    world.ask(PauseFollower(follower=FATHER))
    world.master(an_order("X1", "SELL", price="110"))
    world.refuse(world.place(), RefusalKind.PERMISSION, NOT_ALLOWED, http_status=403)
    (alert,) = world.alerts("was refused")
    assert "Nothing rests now" in alert.text
