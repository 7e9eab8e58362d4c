"""What fails beside the handlers ends nothing else: the chat goes on, and nothing taken in is lost."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

from bot.chat.app import ChatBot
from bot.chat.herald import Herald
from bot.chat.message import Message
from bot.chat.picture_desk import PictureDesk
from bot.pictures.examples import examples
from demo.chat.faults import Fault, FaultKind
from demo.chat.server import ChatServer
from engine.core.chat.day_report import day_report
from engine.core.values.market import Venue
from engine.core.values.notices import Notice, NoticeKind, Severity
from engine.core.values.people import Role
from engine.core.values.routines import Reported
from tests.bot_chat.chat_fakes import FakeDesk, ManualClock
from tests.bot_chat.chat_server import (
    FAST,
    OWNER,
    SECOND,
    TOKEN,
    Chat,
    a_chat,
    running_bot,
    settings,
)
from tests.bot_chat.chat_views import MORNING, a_card, a_person, an_alert
from tests.core.core_world import World

CARD = examples()["day-card"]
QUICK = replace(FAST, live_s=0.05)


class Broken(FakeDesk):
    """A desk some of whose reads fail, as by a fault of ours."""

    no_status = False
    no_copy = False

    def status(self):
        if self.no_status:
            raise ValueError("a fault of ours")
        return super().status()

    def copy(self, venue, master_order_id):
        if self.no_copy:
            raise ValueError("a fault of ours")
        return super().copy(venue, master_order_id)


class OneDay:
    """A day of PAPER on which the master did nothing."""

    async def reports(self, *_dates, rows):
        world = World(venue=Venue.PAPER)
        return (day_report(world.state, Venue.PAPER, as_of=MORNING),)

    async def samples(self, _day):
        return ()


async def broken(_picture) -> bytes:
    raise RuntimeError("a fault of ours")


def evening() -> Notice:
    about = Reported(first=MORNING.date(), last=MORNING.date())
    return Notice(
        notice_id=7,
        at=MORNING,
        venue=Venue.PAPER,
        kind=NoticeKind.ALERT,
        severity=Severity.INFO,
        topic=about.topic,
        text="The day is over. What came of it: /report",
    )


async def test_a_status_card_that_cannot_be_drawn_stands_still_and_the_chat_goes_on():
    desk = Broken()
    async with a_chat(pacing=QUICK, desk=desk) as chat:
        await chat.ask("/status")
        desk.no_status = True
        await asyncio.sleep(0.2)
        desk.no_status = False
        assert "kitecopytrader" in (await chat.ask("/version")).text


async def test_a_drawing_that_fails_in_an_unknown_way_is_answered_by_its_words():
    async with a_chat() as chat:
        chat.bot.pictures.draw = broken
        chat.bot.pictures.show((OWNER,), CARD, Message(html="PAPER · in words"))
        await chat.next_saying("in words")
        assert "kitecopytrader" in (await chat.ask("/version")).text


async def test_a_report_whose_picture_fails_in_an_unknown_way_is_told_and_the_chat_goes_on():
    async with a_chat() as chat:
        chat.bot.pictures.draw = broken
        chat.desk.days = OneDay()
        chat.bot.offer(evening())
        await chat.next_saying("The day is over.")
        assert "kitecopytrader" in (await chat.ask("/version")).text


async def test_a_report_that_was_being_read_when_the_chat_ended_is_told_when_it_begins_again():
    told: list[Notice] = []
    outbox = SimpleNamespace(offer=lambda notice, chats: told.append(notice))

    class Slow:
        async def reports(self, *_dates, **_how):
            await asyncio.Event().wait()

    desk = SimpleNamespace(days=Slow())
    herald = Herald(desk, PictureDesk(outbox), ManualClock(), outbox=outbox, chats=tuple)
    assert herald.takes(evening(), None)
    for days in (desk.days, SimpleNamespace()):
        desk.days = days
        with suppress(TimeoutError):
            async with asyncio.timeout(0.02):
                await herald.run()
    assert [each.notice_id for each in told] == [7]


async def test_a_post_that_cannot_be_looked_at_ends_no_other():
    desk = Broken()
    desk.paired = (a_person(SECOND, Role.FOLLOWER, "ab1234"),)
    async with a_chat(desk=desk) as chat:
        desk.no_copy = True
        chat.bot._outbox.offer(a_card(), chats=(SECOND,))
        chat.bot.offer(an_alert(2))
        await chat.next_saying("REJECTED")
        assert "kitecopytrader" in (await chat.ask("/version")).text


async def test_a_notice_that_cannot_be_addressed_does_not_reach_the_engine_as_an_error():
    desk = Broken()
    desk.paired = (a_person(SECOND, Role.FOLLOWER, "ab1234"),)
    async with a_chat(desk=desk) as chat:
        desk.no_copy = True
        chat.bot.offer(a_card())


async def test_no_command_waits_for_the_menus():
    server = ChatServer(token=TOKEN, now=lambda: datetime.now(UTC))  # noqa: TID251 - the real server's
    await server.start()
    slow = frozenset({"setMyCommands", "deleteMyCommands"})
    server.faults.add(Fault(kind=FaultKind.SLOW, methods=slow, delay_s=3.0))
    person = server.user(OWNER, "Asha")
    desk, clock = FakeDesk(), ManualClock()
    bot = ChatBot(
        desk, clock, settings(SimpleNamespace(port=0), api_url=server.api_url), pacing=FAST
    )
    chat = Chat(server=server, desk=desk, clock=clock, bot=bot)
    try:
        async with running_bot(chat), asyncio.timeout(2):
            person.send("/version")
            while not any("kitecopytrader" in each.text for each in person.messages()):  # noqa: ASYNC110 - another task shows it
                await asyncio.sleep(0.01)
    finally:
        await server.stop()


async def test_a_silence_goes_on_while_the_chat_begins_anew():
    nobody = settings(SimpleNamespace(port=0), api_url="http://127.0.0.1:9")
    bot = ChatBot(FakeDesk(), ManualClock(), nobody, pacing=FAST)
    for _ in range(2):
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await bot.run()
    assert bot.silent_s >= 0.2
