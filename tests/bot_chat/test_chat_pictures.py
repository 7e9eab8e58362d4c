"""Pictures reach the phone, and where they cannot, their text does; nothing else waits for them."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.app import ChatBot
from bot.chat.captions import captioned
from bot.chat.html_text import CAPTION_UNITS, escape, plain, table, units
from bot.chat.message import Button, Message
from bot.chat.posts import Edit, Photo, Post, PostQueue, Rank
from bot.chat.settling import PICTURE_TRIES
from bot.pictures.examples import examples
from bot.pictures.renderer import PictureFailed
from demo.chat.faults import Fault, FaultKind
from demo.chat.server import ChatServer
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
from tests.bot_chat.chat_views import MORNING
from tests.demo_chat.pngs import a_png

PNG, OTHER = a_png(), a_png(shade=200)
CARD = examples()["day-card"]
WORDS = Message(
    html="PAPER \u00b7 M&amp;M \u20b912", buttons=((Button(text="Refresh", data="r|pnl"),),)
)


@asynccontextmanager
async def on_our_server():
    """A bot with the local chat server, and the person in front of it."""
    server = ChatServer(token=TOKEN, now=lambda: datetime.now(UTC))  # noqa: TID251 - the real server's
    await server.start()
    person = server.user(OWNER, "Asha")
    desk, clock = FakeDesk(), ManualClock()
    bot = ChatBot(
        desk, clock, settings(SimpleNamespace(port=0), api_url=server.api_url), pacing=FAST
    )
    chat = Chat(server=server, desk=desk, clock=clock, bot=bot)
    try:
        async with running_bot(chat):
            yield server, person, bot
    finally:
        await server.stop()


async def shown(person, count: int) -> list:
    async with asyncio.timeout(5):
        while len(person.messages()) < count:  # noqa: ASYNC110 - another task shows it
            await asyncio.sleep(0.01)
    return list(person.messages())


async def test_a_picture_is_shown_with_its_words_and_buttons():
    async with on_our_server() as (_, person, bot):
        bot._outbox.photo(OWNER, PNG, WORDS)
        (message,) = await shown(person, 1)
        assert message.attachment.content == PNG
        assert message.text == "PAPER \u00b7 M&M \u20b912"
        assert message.button("Refresh").data == "r|pnl"


async def test_the_independent_server_takes_the_same_call():
    async with a_chat() as chat:
        chat.bot._outbox.photo(OWNER, PNG, WORDS)
        call = await chat.next("sendPhoto")
        assert call.fields["photo"] == PNG
        assert call.fields["caption"] == WORDS.html
        assert call.fields["parse_mode"] == "HTML"
        assert call.fields["chat_id"] == str(OWNER)


async def test_a_picture_takes_the_place_of_another():
    async with on_our_server() as (_, person, bot):
        bot._outbox.photo(OWNER, PNG, WORDS)
        (message,) = await shown(person, 1)
        newer = Message(html="PAPER \u00b7 newer")
        bot._outbox.photo(OWNER, OTHER, newer, message_id=message.message_id)
        async with asyncio.timeout(5):
            while person.messages()[0].text != "PAPER \u00b7 newer":  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
        (message,) = person.messages()
        assert message.attachment.content == OTHER


async def test_words_in_the_place_of_a_picture_are_said_anew():
    async with on_our_server() as (_, person, bot):
        bot._outbox.photo(OWNER, PNG, WORDS)
        (message,) = await shown(person, 1)
        bot._outbox.edit(OWNER, message.message_id, Message(html="PAPER \u00b7 words"))
        assert (await shown(person, 2))[1].text == "PAPER \u00b7 words"


async def test_a_picture_in_the_place_of_a_message_that_is_gone_is_shown_anew():
    async with on_our_server() as (_, person, bot):
        bot._outbox.photo(OWNER, PNG, WORDS, message_id=77)
        (message,) = await shown(person, 1)
        assert message.attachment.content == PNG


@pytest.mark.parametrize("message_id", [None, 77])
async def test_what_telegram_will_not_show_is_said_in_words(message_id):
    async with on_our_server() as (_, person, bot):
        bot._outbox.photo(OWNER, b"no picture", WORDS, message_id=message_id)
        (message,) = await shown(person, 1)
        assert message.attachment is None
        assert message.text == "PAPER \u00b7 M&M \u20b912"
        assert message.button("Refresh").data == "r|pnl"


async def test_a_picture_that_does_not_get_through_becomes_words_and_holds_nothing_up():
    async with on_our_server() as (server, person, bot):
        fault = Fault(kind=FaultKind.OUTAGE, methods=frozenset({"sendphoto"}), status=502)
        server.faults.add(fault)
        bot._outbox.photo(OWNER, PNG, WORDS)
        bot._outbox.reply(OWNER, Message(html="PAPER \u00b7 stopped"))
        stopped, words = await shown(person, 2)
        assert stopped.text == "PAPER \u00b7 stopped"
        assert words.text == "PAPER \u00b7 M&M \u20b912"
        assert [c.method for c in server.calls].count("sendPhoto") == PICTURE_TRIES


async def test_a_slow_upload_delays_no_words():
    async with on_our_server() as (server, person, bot):
        fault = Fault(kind=FaultKind.SLOW, methods=frozenset({"sendphoto"}), delay_s=1.5)
        server.faults.add(fault)
        bot._outbox.photo(OWNER, PNG, WORDS)
        await asyncio.sleep(0.05)
        bot._outbox.reply(OWNER, Message(html="PAPER \u00b7 stopped"))
        (stopped,) = await shown(person, 1)
        assert stopped.text == "PAPER \u00b7 stopped"
        assert (await shown(person, 2))[1].attachment.content == PNG


async def test_a_flood_wait_of_a_picture_holds_its_chat_only():
    async with a_chat(admins=frozenset({OWNER, SECOND})) as chat:
        chat.server.force("sendPhoto", 429, parameters={"retry_after": 1})
        chat.bot._outbox.photo(OWNER, PNG, WORDS)
        refused = await chat.next("sendPhoto", status=429)
        await asyncio.sleep(0.2)
        chat.bot._outbox.reply(OWNER, Message(html="PAPER \u00b7 held"))
        chat.bot._outbox.reply(SECOND, Message(html="PAPER \u00b7 free"))
        free, held = await chat.next(), await chat.next()
        assert (free.text, held.text) == ("PAPER \u00b7 free", "PAPER \u00b7 held")
        assert free.at - refused.at < 0.9 <= held.at - refused.at
        async with asyncio.timeout(5), chat.server.changed:
            await chat.server.changed.wait_for(
                lambda: (
                    [c.status for c in chat.server.calls if c.method == "sendPhoto"] == [429, 200]
                )
            )


async def test_a_broken_markup_below_a_picture_is_shown_plain():
    async with a_chat() as chat:
        chat.server.force("sendPhoto", 400, description="Bad Request: can't parse entities")
        chat.bot._outbox.photo(OWNER, PNG, WORDS)
        call = await chat.next("sendPhoto")
        assert call.fields["caption"] == plain(WORDS.html)
        assert "parse_mode" not in call.fields


async def test_a_late_picture_says_so():
    async with a_chat(up=False) as chat:
        chat.bot._outbox.photo(OWNER, PNG, WORDS)
        chat.clock.forward(minutes=7)
        await chat.server.start()
        async with asyncio.timeout(10), chat.server.changed:
            said = await _first_said(chat)
        assert "(delayed 7 min)" in said.fields.get("caption", said.text)


async def _first_said(chat):
    def found():
        return [c for c in chat.server.calls if c.method in ("sendPhoto", "sendMessage")]

    await chat.server.changed.wait_for(found)
    return found()[0]


async def test_long_words_follow_the_picture():
    lines = [f"row {n:03} M&M" for n in range(200)]
    message = Message(html="PAPER \u00b7 day\n" + table(lines), buttons=WORDS.buttons)
    async with on_our_server() as (_, person, bot):
        bot._outbox.photo(OWNER, PNG, message)
        first, *others = await shown(person, 4)
        assert first.attachment.content == PNG
        assert not first.buttons
        assert person.messages()[-1].buttons
        said = "\n".join(each.text for each in person.messages())
        assert [line for line in lines if line not in said] == []
        assert all(each.attachment is None for each in others)


LENGTHS = st.integers(900, 1050) | st.integers(0, 3000)


@given(st.text(max_size=300), st.sampled_from("x&\U0001f600\n"), LENGTHS, st.booleans())
def test_a_caption_always_fits(text, sign, length, menu):
    text += sign * (length - len(text))
    message = Message(html=f"LIVE \u00b7 {escape(text)}", buttons=WORDS.buttons, menu=menu)
    caption, rest = captioned(message)
    # The line "(delayed 59 min)" and "(may repeat)" may be added later.
    marked = caption.with_line("(delayed 59 min)").with_line("(may repeat)")
    assert units(marked.html) <= CAPTION_UNITS
    assert [bool(each.buttons) for each in (caption, *rest)] == [False] * len(rest) + [True]
    assert not caption.menu


def test_the_newest_picture_of_a_message_is_the_one_that_is_shown():
    queue = PostQueue()
    for png in (PNG, OTHER):
        photo = Photo(png=png, caption=WORDS, message_id=5)
        queue.add(Post(rank=Rank.REPLY, chat_id=OWNER, at=MORNING, what=photo))
    edit = Edit(message_id=6, message=WORDS)
    queue.add(Post(rank=Rank.REPLY, chat_id=OWNER, at=MORNING, what=edit))
    assert len(queue) == 2
    assert queue.take(0.0).what.png == OTHER


async def test_what_is_asked_for_is_drawn_beside_everything_else():
    async with on_our_server() as (_, person, bot):
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def draw(picture):
            assert picture == CARD
            begun.set()
            await go_on.wait()
            return PNG

        bot.pictures.draw = draw
        bot.pictures.show((OWNER,), CARD, WORDS)
        await begun.wait()
        bot._outbox.reply(OWNER, Message(html="PAPER \u00b7 stopped"))
        await shown(person, 1)
        go_on.set()
        assert (await shown(person, 2))[1].attachment.content == PNG


@pytest.mark.parametrize("message_id", [None, 9])
async def test_what_cannot_be_drawn_is_said_in_words(message_id):
    async with on_our_server() as (_, person, bot):

        async def draw(picture):
            raise PictureFailed("no")

        bot.pictures.draw = draw
        bot.pictures.show((OWNER,), CARD, WORDS, message_id=message_id)
        (message,) = await shown(person, 1)
        assert (message.text, message.attachment) == ("PAPER \u00b7 M&M \u20b912", None)


async def test_more_pictures_than_can_be_drawn_are_said_in_words_at_once():
    async with on_our_server() as (_, person, bot):

        async def draw(picture):
            await asyncio.Event().wait()

        bot.pictures.draw = draw
        for _ in range(30):
            bot.pictures.show((OWNER,), CARD, WORDS)
        assert len(await shown(person, 8)) >= 8


async def test_a_picture_that_waits_at_the_end_of_the_program_is_said_in_words():
    async with on_our_server() as (_, person, bot):

        async def draw(picture):
            await asyncio.Event().wait()

        bot.pictures.draw = draw
        for _ in range(3):
            bot.pictures.show((OWNER,), CARD, WORDS)
        await asyncio.sleep(0.05)
    assert [each.text for each in person.messages()] == ["PAPER \u00b7 M&M \u20b912"] * 3
