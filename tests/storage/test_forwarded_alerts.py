"""Which alerts a channel has taken is kept, and after a start the others are offered again."""

from datetime import timedelta

import pytest

from bot.restart import alerts_left
from engine.core.values import control as c
from engine.core.values.notices import NoticeKind
from storage.journal import Journal
from tests.storage.store_world import a_morning


@pytest.fixture
def journal(tmp_path):
    opened = Journal.open(tmp_path)
    yield opened
    opened.close()


def test_an_alert_waits_for_each_channel_until_that_one_has_taken_it(journal, tmp_path):
    world = a_morning()
    journal.commit(world.decided)
    alerts = [n for n in world.notices if n.kind is NoticeKind.ALERT]
    now = alerts[-1].at
    names = ("email", "discord")
    both = dict.fromkeys(names, alerts[0].at)
    assert alerts_left(journal, both, now=now) == [(each, names) for each in alerts]
    world.decided.clear()
    world.ask(c.ChannelDelivered(notice_id=alerts[0].notice_id, channel="email"))
    journal.commit(world.decided)
    left = {notice.notice_id: names for notice, names in alerts_left(journal, both, now=now)}
    assert left.pop(alerts[0].notice_id) == ("discord",)
    assert set(left.values()) == {names}
    assert alerts_left(journal, both, now=now + timedelta(days=2)) == []
    assert alerts_left(journal, {}, now=now) == []


def test_what_was_told_before_a_channel_was_configured_is_not_for_it(journal):
    world = a_morning()
    journal.commit(world.decided)
    alerts = [n for n in world.notices if n.kind is NoticeKind.ALERT]
    world.decided.clear()
    world.sleep(1)
    world.ask(c.OpenChannels(channels=("email",)))
    world.ask(c.OpenChannels(channels=("email", "discord")))
    journal.commit(world.decided)
    opened = journal.load().channels
    assert list(opened) == ["email", "discord"]
    assert alerts_left(journal, opened, now=alerts[-1].at) == []
