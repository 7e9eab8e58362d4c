"""What becomes of an alert on its way to a channel: nothing is lost, and nobody waits for it."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from bot.channels.alert_channels import AlertChannels
from bot.channels.channel import NotSent, Sent
from bot.channels.forwarder import Pacing
from engine.core.values.market import Venue
from engine.core.values.notices import NoticeKind, Severity
from tests.bot_chat.chat_fakes import ManualClock
from tests.bot_chat.chat_views import a_card, an_alert

FAST = Pacing(retry_s=0.001, retry_max_s=0.002, told_after_s=30.0)


class FakeChannel:
    """Answers as told, else takes everything."""

    title = "E-mail"

    def __init__(self, name: str = "email", *answers: Sent | NotSent) -> None:
        self.name = name
        self.answers = list(answers)
        self.tried: list[str] = []
        self.taken: list[str] = []
        self.changed = asyncio.Event()
        self.hangs = False
        self.closed = False

    async def send(self, text):
        self.tried.append(text.body)
        self.changed.set()
        if self.hangs:
            await asyncio.Event().wait()
        outcome = self.answers.pop(0) if self.answers else Sent()
        if isinstance(outcome, Sent):
            self.taken.append(text.body)
        return outcome

    async def close(self) -> None:
        self.closed = True

    async def until(self, count: int, *, tried: bool = False) -> list[str]:
        async with asyncio.timeout(5):
            while len(self.tried if tried else self.taken) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.tried if tried else self.taken


class Forwarded:
    """Channels at work, and what they reported."""

    def __init__(self, *channels, least=Severity.ERROR, pacing=FAST) -> None:
        self.clock = ManualClock()
        self.delivered: list[tuple[int, str]] = []
        self.told: list[tuple[str, str]] = []
        self.channels = AlertChannels(
            [(channel, least) for channel in channels],
            clock=self.clock,
            delivered=lambda notice, name: self.delivered.append((notice.notice_id, name)),
            told=lambda line, topic: self.told.append((line, topic)),
            pacing=pacing,
        )

    @asynccontextmanager
    async def running(self):
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(each.run()) for each in self.channels.forwarders]
            try:
                yield
            finally:
                for task in running:
                    task.cancel()


async def test_an_alert_names_its_mode_first_and_its_number_time_and_account():
    mail = FakeChannel()
    work = Forwarded(mail)
    async with work.running():
        work.channels.offer(an_alert(12, severity=Severity.CRITICAL, follower="ab1234"))
        await mail.until(1)
    assert mail.taken == [
        "LIVE CRITICAL ab1234: REJECTED · SELL SBIN 50 · Insufficient funds\n"
        "alert 12 · 23 Nov 09:31:04 IST"
    ]
    assert work.delivered == [(12, "email")]


async def test_what_waits_for_a_person_says_where_and_until_when():
    mail = FakeChannel()
    work = Forwarded(mail)
    async with work.running():
        work.channels.offer(an_alert(1, severity=Severity.CRITICAL, offer=1))
        work.channels.offer(an_alert(2, offer=2))
        work.channels.offer(an_alert(3, severity=Severity.CRITICAL, offer=3, topic="escalation"))
        await mail.until(3)
    # Critical ones first.
    last = [body.splitlines()[-1] for body in mail.taken]
    assert last == [
        "Press a button under it in Telegram; 5 min after it is there, copying stops.",
        "There is a button under it in Telegram.",
        "There is a button under it in Telegram.",
    ]


@pytest.mark.parametrize("least", list(Severity))
async def test_a_channel_gets_what_is_loud_enough_and_only_alerts(least):
    mail = FakeChannel()
    work = Forwarded(mail, least=least)
    for number, severity in enumerate(Severity, start=1):
        work.channels.offer(an_alert(number, severity=severity))
    work.channels.offer(a_card(8))
    work.channels.offer(an_alert(9, kind=NoticeKind.OFFER, severity=Severity.CRITICAL))
    wanted = list(Severity)[list(Severity).index(least) :]
    async with work.running():
        await mail.until(len(wanted))
        await asyncio.sleep(0)
    assert len(mail.taken) == len(wanted)
    assert "CRITICAL" in mail.taken[0], "what cannot wait goes first"


async def test_what_comes_late_or_again_says_so():
    mail = FakeChannel()
    work = Forwarded(mail)
    work.channels.offer(an_alert(1, venue=Venue.PAPER))
    work.channels.offer_again(an_alert(2), ["email"])
    work.channels.offer_again(an_alert(3), ["discord"])
    work.clock.forward(minutes=7)
    async with work.running():
        await mail.until(2)
    first, second = mail.taken
    assert first.startswith("PAPER ERROR REJECTED")
    assert first.endswith("(delayed 7 min)")
    assert second.endswith("(delayed 7 min)\n(may repeat)")


async def test_a_channel_that_fails_keeps_every_alert_and_is_told_once_with_the_mend():
    why = "the mail server refuses user or password (535) - correct EMAIL__SMTP_URL"
    mail = FakeChannel("email", *[NotSent(why=why, lasting=True)] * 6)
    work = Forwarded(mail)
    async with work.running():
        work.channels.offer(an_alert(1))
        work.channels.offer(an_alert(2))
        await mail.until(6, tried=True)
        [(line, topic)] = work.told
        # What is told of it goes to the chat and the others; by itself it would say it too late.
        work.channels.offer(an_alert(3, topic=topic, severity=Severity.CRITICAL, text=line))
        work.clock.forward(minutes=7)
        await mail.until(2)
        async with asyncio.timeout(5):
            while len(work.told) < 2:  # noqa: ASYNC110 - it follows in the same turn
                await asyncio.sleep(0)
    assert line.startswith("E-mail alerts do not go out (since 09:31:04): the mail server refuses")
    assert "copytrader notify-test email" in line
    assert topic == "channel:email"
    assert work.told[1][0].startswith("E-mail alerts go out again (since 09:38:04); 1 more")
    assert sorted(work.delivered) == [(1, "email"), (2, "email")]


async def test_a_hiccup_is_not_told_a_trouble_that_lasts_is():
    hiccup = NotSent(why="the mail server is not reached")
    mail = FakeChannel("email", hiccup, hiccup)
    work = Forwarded(mail)
    async with work.running():
        work.channels.offer(an_alert(1))
        await mail.until(1)
        assert work.told == []
        mail.answers = [hiccup] * 50
        work.channels.offer(an_alert(2))
        await mail.until(5, tried=True)
        work.clock.forward(seconds=31)
        await mail.until(2)
    assert len(work.told) == 2, "once that it fails, once that it works"


async def test_a_channel_that_hangs_delays_no_other():
    mail, discord = FakeChannel(), FakeChannel("discord")
    mail.hangs = True
    work = Forwarded(mail, discord)
    async with work.running():
        for number in range(1, 6):
            work.channels.offer(an_alert(number))
        await discord.until(5)
        assert len(mail.tried) == 1
        mail.hangs = False


async def test_an_alert_that_is_never_taken_stops_no_other():
    mail = FakeChannel()
    never = NotSent(why="refuses the message (400)", lasting=True)
    honest = mail.send

    async def send(text):
        if "alert 1 " in text.body:
            mail.tried.append(text.body)
            return never
        return await honest(text)

    mail.send = send
    work = Forwarded(mail)
    work.channels.offer(an_alert(1, severity=Severity.CRITICAL))
    work.channels.offer(an_alert(2))
    async with work.running():
        await mail.until(1)
    assert work.delivered == [(2, "email")]


async def test_a_wait_that_is_asked_for_is_kept(monkeypatch):
    waits: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds):
        waits.append(seconds)
        await real(0)

    monkeypatch.setattr("bot.channels.forwarder.asyncio.sleep", sleep)
    mail = FakeChannel("email", NotSent(why="429", wait_s=17.5), NotSent(why="busy"))
    work = Forwarded(mail)
    async with work.running():
        work.channels.offer(an_alert(1))
        work.channels.offer(an_alert(2, severity=Severity.CRITICAL))
        await mail.until(1)
    assert waits == [17.5]


async def test_a_new_critical_alert_waits_for_no_retry_of_another():
    refused = NotSent(why="refuses the message (400)", lasting=True)
    mail = FakeChannel("email", refused)
    work = Forwarded(mail, pacing=Pacing(retry_s=300, retry_max_s=300))
    async with work.running():
        work.channels.offer(an_alert(1))
        await mail.until(1, tried=True)
        work.channels.offer(an_alert(2))
        await asyncio.sleep(0.01)
        assert len(mail.tried) == 1
        work.channels.offer(an_alert(3, severity=Severity.CRITICAL))
        await mail.until(3)
    assert [number for number, _ in work.delivered] == [3, 2, 1]


async def test_a_fault_inside_a_channel_ends_nothing_and_may_repeat():
    mail = FakeChannel()
    honest, faults = mail.send, [ValueError("canary")]

    async def send(text):
        if faults:
            raise faults.pop()
        return await honest(text)

    mail.send = send
    work = Forwarded(mail)
    async with work.running():
        work.channels.offer(an_alert(1))
        await mail.until(1)
    assert mail.taken[0].endswith("(may repeat)")


async def test_at_the_end_what_is_critical_is_tried_once_more_and_the_rest_waits_for_the_start():
    mail = FakeChannel()
    mail.hangs = True
    work = Forwarded(mail)
    async with work.running():
        work.channels.offer(an_alert(1, severity=Severity.CRITICAL))
        await mail.until(1, tried=True)
        work.channels.offer(an_alert(2))
        work.channels.offer(an_alert(3, severity=Severity.CRITICAL))
        mail.hangs = False
    assert [body.splitlines()[1][:7] for body in mail.taken] == ["alert 1", "alert 3"]
    assert mail.taken[0].endswith("(may repeat)")
    assert mail.closed
