"""The way to copying in the morning: who is out is said at 07:45, 08:45 and 09:10, each once."""

import pytest

from engine.core.decide import trading_day_of
from engine.core.values import control as c
from engine.core.values.events import Ticked
from engine.core.values.logins import LOGINS_TOPIC
from engine.core.values.market import MASTER, Venue
from engine.core.values.notices import NoticeKind, Severity
from tests.core.core_world import FATHER, MOTHER, a_follower, done
from tests.core.overnight_world import CARRIED
from tests.core.test_core_routines import RealDays, at

BOTH = (a_follower(FATHER), a_follower(MOTHER))
CARD = "morning:2026-11-18"


class Mornings(RealDays):
    """Tells every notice of the way to copying, as (severity, topic, text)."""

    def until(self, moment: str):
        self.now = at(moment)
        before = len(self.notices)
        self.offer(Ticked(at=self.now, trading_day=trading_day_of(self.now)))
        return self._way(before)

    def does(self, act):
        before = len(self.notices)
        act()
        return self._way(before)

    def _way(self, before: int):
        return [
            (n.severity.value, n.topic, n.text)
            for n in self.notices[before:]
            if n.topic == LOGINS_TOPIC or n.topic.startswith("morning:")
        ]

    def sees_card(self, message_id: int = 77) -> None:
        card = next(n for n in reversed(self.notices) if n.kind is NoticeKind.CARD)
        self.ask(
            c.NoticeDelivered(
                notice_id=card.notice_id, topic=card.topic, chat_id=1, message_id=message_id
            )
        )


def a_morning(venue: Venue = Venue.LIVE, moment: str = "17 12:00") -> Mornings:
    """A world of yesterday, whose sessions ended at 06:00 of Wednesday the 18th."""
    world = Mornings(*BOTH, at=at(moment), venue=venue)
    world.until("18 06:00:05")
    return world


def test_who_is_out_is_said_three_times_ever_louder_and_each_once():
    world = a_morning()
    assert world.until("18 07:44:55") == []
    assert world.until("18 07:45") == [("warning", CARD, "")]
    assert world.until("18 07:46") == []
    ((loud, topic, text),) = world.until("18 08:45")
    assert (loud, topic, text) == (
        "warning",
        LOGINS_TOPIC,
        "Still to log in: master, father, mother.",
    )
    assert world.until("18 08:46") == []
    ((loud, _, text),) = world.until("18 09:10")
    assert loud == "critical"
    assert text.startswith("NOT LOGGED IN: master, father, mother.\nWithout the master nothing")
    assert world.until("18 09:11") == []
    world.check_journal()


@pytest.mark.parametrize("moment", ["18 07:45", "18 08:45", "18 09:10"])
def test_a_restart_neither_repeats_nor_loses_one(moment):
    world = a_morning()
    world.now = at(moment)
    world.until(f"{moment}:01")
    world.restart()
    assert world.until(f"{moment}:09") == []
    late = a_morning()
    late.now = at(moment)
    late.restart()
    assert len(late.until(f"{moment}:30")) == 1


def test_what_a_later_one_says_better_is_not_said_late():
    world = a_morning()
    assert [told[1] for told in world.until("18 08:50")] == [LOGINS_TOPIC]
    world = a_morning()
    ((loud, _, _),) = world.until("18 10:30")
    assert loud == "critical"


def test_of_those_who_are_in_nothing_is_said():
    world = a_morning()
    world.until("18 07:45")
    for name in (MASTER, FATHER):
        world.log_in(name)
    assert world.until("18 08:45")[0][2] == "Still to log in: mother."
    world.log_in(MOTHER)
    assert world.until("18 09:10") == []


def test_a_day_without_trade_has_no_reminder():
    world = a_morning(moment="20 12:00")
    assert world.until("21 07:45") == []
    assert world.until("21 09:10") == []
    assert world.until("22 08:45") == []
    assert world.until("23 07:45") == [("warning", "morning:2026-11-23", "")]


def test_paper_waits_for_the_master_alone():
    world = a_morning(Venue.PAPER)
    assert world.until("18 08:45")[0][2] == "Still to log in: master."
    world.log_in(MASTER)
    assert world.until("18 09:10") == []


def test_a_follower_who_is_left_out_stops_nobody_else():
    """An alert that nobody acknowledges stops entries: not for one account that stays out today."""
    world = a_morning()
    for name in (MASTER, FATHER):
        world.log_in(name)
    ((loud, _, text),) = world.until("18 09:10")
    assert loud == "error"
    assert text == "NOT LOGGED IN: mother.\nThe others are copied to without them."
    assert not world.state.unacknowledged


def test_a_follower_who_holds_real_copies_is_asked_for_in_any_mode_and_loudly():
    world = Mornings(*BOTH, at=at("17 12:00"))
    world.obliging = True
    world.master(done("M1", quantity=150, **CARRIED))
    world.obliging = False
    world.wait(3)
    world.until("18 06:00:05")
    world.log_in(MASTER)
    ((loud, _, text),) = world.until("18 09:10")
    assert loud == "critical"
    assert "Real copies are held by father, mother: exits cannot leave." in text
    assert world.state.unacknowledged


def test_the_loud_one_is_acknowledged_by_the_login_itself():
    world = a_morning()
    world.until("18 09:10")
    assert len(world.state.unacknowledged) == 1
    for name in (MASTER, FATHER, MOTHER):
        world.log_in(name)
    assert not world.state.unacknowledged


def test_the_card_is_drawn_anew_as_each_step_is_done_and_not_after_other_news():
    world = a_morning()
    world.until("18 07:45")
    assert (
        world.does(lambda: world.log_in(MASTER)) == []
    )  # not shown yet: it will be drawn as it is
    world.sees_card()
    assert [told[:2] for told in world.does(lambda: world.log_in(FATHER))] == [("warning", CARD)]
    assert [told[:2] for told in world.does(lambda: world.log_in(MOTHER))] == [("info", CARD)]
    arm = c.GoLive(armed_until=at("19 06:00"), totp_step=None)
    assert [told[:2] for told in world.does(lambda: world.ask(arm))] == [("info", CARD)]
    assert world.does(lambda: world.ask(c.TotpFailed())) == []
    world.restart()
    assert [told[:2] for told in world.does(lambda: world.ask(c.GoPaper()))] == [("info", CARD)]
    world.check_journal()


def test_the_card_of_yesterday_is_left_alone():
    world = a_morning()
    world.until("18 07:45")
    world.sees_card()
    world.until("19 06:00:05")
    assert world.does(lambda: world.log_in(MASTER)) == []
    assert not world.state.cards


def test_the_end_of_all_sessions_at_six_comes_without_sound():
    world = Mornings(at=at("17 12:00"), venue=Venue.LIVE)
    world.until("18 06:00:05")
    ended = [n for n in world.notices if "session has ended" in n.text]
    assert {n.severity for n in ended} == {Severity.INFO}
    world.log_in(FATHER)
    world.lose_session(FATHER)
    assert world.notices[-1].severity is Severity.ERROR
