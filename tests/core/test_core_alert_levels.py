"""/alerts: what is critical always comes through, money is silent at most, and choices outlive a restart."""

from datetime import datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.core.chat.plain_sentences import asking
from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.alert_levels import (
    CHOICES,
    AlertKind,
    AlertLevel,
    AlertPreferences,
    QuietHours,
    kind_of,
)
from engine.core.values.events import Asked
from engine.core.values.market import IST, Venue
from engine.core.values.notices import Notice, NoticeKind, Severity
from tests.core.core_told import told
from tests.core.core_world import MORNING, OWNER, World

CHAT = 4001
NIGHT = QuietHours(begin=time(22, 0), end=time(7, 0))


def a_notice(severity: Severity = Severity.ERROR, **changes) -> Notice:
    plain = Notice(
        notice_id=1, at=MORNING, venue=Venue.LIVE, kind=NoticeKind.ALERT, severity=severity,
        topic="engine", text="x",
    )  # fmt: skip
    return replace(plain, **changes)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 23, hour, minute, tzinfo=IST)


KINDS = [
    (a_notice(Severity.CRITICAL), None),
    (a_notice(needs_human=True), None),
    (a_notice(Severity.INFO, offer=7), None),
    (a_notice(Severity.INFO, kind=NoticeKind.CARD, topic="panic:1"), None),
    (a_notice(), AlertKind.ERRORS),
    (a_notice(Severity.WARNING), AlertKind.WARNINGS),
    (a_notice(Severity.INFO), AlertKind.INFO),
    (a_notice(Severity.INFO, topic="report:day:2026-11-23"), AlertKind.REPORTS),
    (a_notice(Severity.INFO, kind=NoticeKind.CARD, topic="copy:live:1"), AlertKind.CARDS),
]


@pytest.mark.parametrize(("notice", "kind"), KINDS)
def test_what_a_notice_counts_as(notice, kind):
    assert kind_of(notice) is kind


levels = st.fixed_dictionaries(
    {}, optional={kind: st.sampled_from(choices) for kind, choices in CHOICES.items()}
)
hours = st.none() | st.builds(QuietHours, begin=st.times(), end=st.times())


@given(levels, hours, st.datetimes(timezones=st.just(IST)), st.sampled_from([n for n, _ in KINDS]))
def test_critical_comes_through_at_any_hour_and_only_reports_and_info_can_be_off(
    chosen, quiet, moment, notice
):
    loudness = AlertPreferences(levels=chosen, quiet=quiet).loudness(notice, at=moment)
    kind = kind_of(notice)
    if kind is None:
        assert loudness is AlertLevel.ON
    elif loudness is AlertLevel.OFF:
        assert kind in {AlertKind.REPORTS, AlertKind.INFO}


@pytest.mark.parametrize(
    ("quiet", "moment", "held"),
    [
        (NIGHT, at(22), True),
        (NIGHT, at(3), True),
        (NIGHT, at(6, 59), True),
        (NIGHT, at(7), False),
        (NIGHT, at(21, 59), False),
        (QuietHours(begin=time(12, 0), end=time(13, 0)), at(12, 30), True),
        (QuietHours(begin=time(12, 0), end=time(13, 0)), at(13), False),
    ],
)
def test_quiet_hours_may_span_midnight_and_end_at_their_end(quiet, moment, held):
    assert quiet.hold(moment) is held
    expected = AlertLevel.SILENT if held else AlertLevel.ON
    assert AlertPreferences(quiet=quiet).loudness(a_notice(), at=moment) is expected


def test_choices_are_of_one_chat_and_outlive_a_restart():
    world = World()
    assert world.ask(
        c.ChooseAlerts(chat_id=CHAT, kind=AlertKind.INFO, level=AlertLevel.OFF)
    ).accepted
    assert world.ask(c.ChooseQuietHours(chat_id=CHAT, hours=NIGHT)).accepted
    world.restart()
    chosen = world.state.alerts[CHAT]
    assert (chosen.level(AlertKind.INFO), chosen.quiet) == (AlertLevel.OFF, NIGHT)
    assert list(world.state.alerts) == [CHAT]
    world.ask(c.ChooseQuietHours(chat_id=CHAT, hours=None))
    assert world.state.alerts[CHAT].quiet is None
    world.check_journal()


@pytest.mark.parametrize("kind", [AlertKind.ERRORS, AlertKind.WARNINGS, AlertKind.CARDS])
def test_what_money_may_hang_on_is_never_off(kind):
    world = World()
    reply = world.ask(c.ChooseAlerts(chat_id=CHAT, kind=kind, level=AlertLevel.OFF))
    assert not reply.accepted
    assert "never off" in reply.text
    assert CHAT not in world.state.alerts
    assert world.ask(c.ChooseAlerts(chat_id=CHAT, kind=kind, level=AlertLevel.SILENT)).accepted


def test_the_story_tells_of_it():
    chosen = r.AlertsChosen(chat_id=CHAT, kind=AlertKind.INFO, level=AlertLevel.OFF, at=MORNING)
    assert told(chosen) == ": info are off in that chat from now on."
    quiet = r.QuietHoursChosen(chat_id=CHAT, hours=NIGHT, at=MORNING)
    assert told(quiet) == ": quiet hours of that chat: 22:00 to 07:00."
    assert told(replace(quiet, hours=None)) == ": quiet hours of that chat: none."
    for request, said in (
        (c.ChooseAlerts(chat_id=CHAT, kind=AlertKind.INFO, level=AlertLevel.OFF),
         "asked to have info off in this chat."),
        (c.ChooseQuietHours(chat_id=CHAT, hours=None), "asked for other quiet hours."),
    ):  # fmt: skip
        event = Asked(request=request, by=OWNER, update_id=1, sent_at=None, at=MORNING)
        assert asking(event).text == said
