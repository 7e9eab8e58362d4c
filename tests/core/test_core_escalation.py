"""A critical alert that nobody acknowledges is told everywhere again and stops entries, once."""

from datetime import datetime, timedelta

import pytest

from engine.core.chat.escalation import overdue
from engine.core.state.fold import apply
from engine.core.values import control as c
from engine.core.values.events import Faulted
from engine.core.values.market import IST
from engine.core.values.notices import Notice, Severity
from engine.core.values.offers import OfferKind
from engine.core.values.records import NoticeShown
from tests.core.core_offers import offered, press
from tests.core.core_world import FATHER, OWNER, World, an_order, done

AT = datetime(2026, 11, 23, 10, 0, tzinfo=IST)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("waiting", "started_at", "late"),
    [
        ({}, None, ()),
        ({1: None}, None, ()),
        ({1: AT - 5 * MINUTE + timedelta(seconds=1)}, None, ()),
        ({1: AT - 5 * MINUTE}, None, (1,)),
        ({1: AT - 9 * MINUTE, 2: None, 3: AT - 6 * MINUTE, 4: AT}, None, (1, 3)),
        # Whoever pressed while the program was down is heard first.
        ({1: AT - 9 * MINUTE}, AT - timedelta(seconds=29), ()),
        ({1: AT - 9 * MINUTE}, AT - timedelta(seconds=30), (1,)),
    ],
)
def test_five_minutes_run_from_the_delivery(waiting, started_at, late):
    assert overdue(waiting, at=AT, started_at=started_at) == late


def copying() -> World:
    world = World()
    world.log_in(FATHER)
    assert world.state.copying
    return world


def alarm(world: World, text: str = "Look at it.", severity=Severity.CRITICAL) -> Notice:
    world.offer(Faulted(topic="engine", text=text, at=world.now, severity=severity))
    return world.alerts(text)[-1]


def deliver(world: World, notice: Notice, *, chat_id: int = OWNER.user_id) -> None:
    world.ask(
        c.NoticeDelivered(notice_id=notice.notice_id, topic="", chat_id=chat_id, message_id=9)
    )


def escalations(world: World) -> list[Notice]:
    return [each for each in world.alerts("acknowledged") if each.topic == "escalation"]


def test_it_is_told_everywhere_and_stops_entries_while_exits_go_on():
    world = copying()
    world.master(done("M1"))
    world.ack_and_fill()
    world.read()
    notice = alarm(world, "The feed is odd.\nMore of it.")
    deliver(world, notice)
    world.wait(299, step=5)
    assert escalations(world) == []
    assert world.state.copying
    world.wait(2)
    [told] = escalations(world)
    assert told.severity is Severity.CRITICAL
    assert told.text == (
        f"Alert {notice.notice_id} was not acknowledged by anyone for 5 min. Copying is stopped: no "
        "further entry leaves, for no follower; exits, reductions and cancels still follow the master. "
        "See to it, press the button under it, then /start_copy.\n"
        f"{notice.notice_id}: The feed is odd."
    )
    assert not world.state.copying
    sent = len(world.places())
    world.master(an_order("M2", symbol="INFY"))
    assert len(world.places()) == sent
    world.master(done("M3", side="SELL"))
    assert world.place().quantity == 10
    world.wait(3600, step=30)
    assert len(escalations(world)) == 1
    world.check_journal()


def test_a_start_puts_copying_on_again_and_the_same_alert_stops_it_no_more():
    world = copying()
    deliver(world, alarm(world))
    world.wait(301, step=1)
    assert world.ask(c.StartCopy()).accepted
    world.wait(900, step=5)
    assert world.state.copying
    deliver(world, alarm(world, "Another matter."))
    world.wait(301, step=1)
    assert len(escalations(world)) == 2
    assert not world.state.copying


def test_a_press_or_a_matter_that_settles_ends_the_wait():
    world = copying()
    notice = alarm(world)
    deliver(world, notice)
    [offer] = offered(world, OfferKind.NOTE)
    assert offer.offer_id == notice.notice_id
    world.wait(290, step=5)
    assert press(world, offer, "I have seen to it").accepted
    world.wait(600, step=5)
    assert escalations(world) == []
    assert world.state.copying


def test_what_was_never_delivered_does_not_escalate_and_the_first_of_two_chats_counts():
    world = copying()
    notice = alarm(world)
    world.wait(900, step=10)
    assert escalations(world) == []
    deliver(world, notice)
    world.wait(200, step=5)
    deliver(world, notice, chat_id=77)
    world.wait(101, step=1)
    assert len(escalations(world)) == 1


@pytest.mark.parametrize("severity", [Severity.INFO, Severity.WARNING, Severity.ERROR])
def test_what_is_not_critical_does_not_escalate(severity):
    world = copying()
    deliver(world, alarm(world, severity=severity))
    world.wait(900, step=10)
    assert escalations(world) == []


def test_several_are_told_in_one_and_only_some_are_quoted():
    world = copying()
    numbers = []
    for text in ("One.", "Two.", "Three.", "Four."):
        notice = alarm(world, text)
        deliver(world, notice)
        numbers.append(notice.notice_id)
    world.ask(c.StopCopy())
    world.wait(301, step=1)
    [told] = escalations(world)
    assert told.text.startswith(f"Alerts {', '.join(map(str, numbers))} were not acknowledged")
    assert "Entries were stopped already" in told.text
    assert "Three." in told.text
    assert "Four." not in told.text
    assert "and 1 more" in told.text


def test_the_clock_runs_over_a_restart_and_what_has_escalated_stays_so():
    world = copying()
    deliver(world, alarm(world))
    world.wait(60, step=5)
    world.sleep(600)
    world.restart()
    world.wait(29, step=1)
    assert escalations(world) == [], "a press that waits at Telegram is heard first"
    world.wait(2, step=1)
    assert len(escalations(world)) == 1
    world.restart()
    world.wait(900, step=10)
    assert len(escalations(world)) == 1
    assert not world.state.copying


def test_what_an_older_store_has_delivered_nobody_knows_when_does_not_escalate():
    world = copying()
    notice = alarm(world)
    record = NoticeShown(notice_id=notice.notice_id, topic="", chat_id=7, message_id=9)
    apply(world.state, record)
    world.wait(900, step=10)
    assert world.alerts("acknowledged") == []


def test_the_escalation_itself_does_not_escalate():
    world = copying()
    deliver(world, alarm(world))
    world.wait(301, step=1)
    [told] = escalations(world)
    deliver(world, told)
    world.wait(900, step=10)
    assert len(escalations(world)) == 1
