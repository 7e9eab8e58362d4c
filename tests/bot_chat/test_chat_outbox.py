"""What is said, in which order, and what a Telegram that misbehaves makes of it."""

import asyncio

import pytest
from msgspec.structs import replace

from bot.chat.message import Message
from bot.chat.posts import MOST_OVERTAKEN, Alert, Card, Edit, Post, PostQueue, Rank, Say
from bot.chat.settings import Pacing
from engine.core.values.control import NoticeDelivered
from engine.core.values.copy_view import ChildState
from engine.core.values.market import OrderId, Venue
from engine.core.values.notices import Severity
from tests.bot_chat.chat_server import OWNER, SECOND, a_chat
from tests.bot_chat.chat_views import MORNING, a_card, a_child, a_copy, an_alert

SLOW_CARDS = Pacing(card_gap_s=0.3, retry_s=0.02, retry_max_s=0.05)


async def _reported(chat, count: int) -> list[NoticeDelivered]:
    async with asyncio.timeout(5):
        while len(chat.desk.delivered) < count:  # noqa: ASYNC110 - the desk has no event for it
            await asyncio.sleep(0.01)
    return chat.desk.delivered


async def test_a_card_is_one_message_edited_as_followers_report():
    async with a_chat(pacing=SLOW_CARDS) as chat:
        moving = a_child(state=ChildState.SENDING, filled=0, average_price=None, lag_ms=None)
        chat.desk.show(a_copy(children=(moving,)))
        chat.bot.offer(a_card(1))
        first = await chat.next()
        assert first.text.startswith("LIVE · COPY #214")
        assert (
            first.fields["disable_notification"] == "True" or first.fields["disable_notification"]
        )
        # Eight changes within the pause become one edit that shows the last of them.
        for filled in range(8):
            chat.desk.show(a_copy(children=(replace(moving, filled=filled),)))
            chat.bot.offer(a_card(2 + filled))
        chat.desk.show(a_copy())
        chat.bot.offer(a_card(10))
        edit = await chat.next()
        assert edit.method == "editMessageText"
        assert edit.text.startswith("LIVE 🟢 COPY #214")
        assert edit.at - first.at >= 0.28
        assert "1 of 1 followed · slowest 138ms" in edit.text
        delivered = await _reported(chat, 10)
        assert [d.notice_id for d in delivered] == list(range(1, 11))
        assert {d.message_id for d in delivered} == {int(edit.fields["message_id"])}
        assert {d.topic for d in delivered} == {"copy:live:250000000000214"}
        chat.bot.offer(a_card(11))
        assert await chat.quiet() == []


async def test_a_card_from_before_a_restart_is_edited():
    async with a_chat() as chat:
        chat.desk.card_ids[("copy:live:250000000000214", OWNER)] = 77
        chat.desk.show(a_copy())
        chat.bot.offer(a_card())
        edit = await chat.next()
        assert (edit.method, edit.fields["message_id"]) == ("editMessageText", "77")


async def test_a_card_whose_message_is_gone_is_sent_anew():
    async with a_chat() as chat:
        chat.desk.card_ids[("copy:live:250000000000214", OWNER)] = 77
        gone = "Bad Request: message to edit not found"
        chat.server.force("editMessageText", 400, description=gone)
        chat.desk.show(a_copy())
        chat.bot.offer(a_card())
        assert (await chat.next()).method == "sendMessage"


async def test_a_card_that_is_the_same_already_counts_as_delivered():
    async with a_chat() as chat:
        chat.desk.card_ids[("copy:live:250000000000214", OWNER)] = 77
        same = "Bad Request: message is not modified: specified new message content is the same"
        chat.server.force("editMessageText", 400, description=same)
        chat.desk.show(a_copy())
        chat.bot.offer(a_card())
        [delivered] = await _reported(chat, 1)
        assert delivered.message_id == 77


async def test_alerts_are_new_messages_for_every_admin_and_reported():
    async with a_chat(admins=frozenset({OWNER, SECOND})) as chat:
        chat.bot.offer(an_alert(5, topic="copy:live:1"))
        chats = {(await chat.next()).fields["chat_id"] for _ in range(2)}
        assert chats == {str(OWNER), str(SECOND)}
        delivered = await _reported(chat, 2)
        assert {(d.notice_id, d.chat_id, d.topic) for d in delivered} == {
            (5, OWNER, ""),
            (5, SECOND, ""),
        }


async def test_a_flood_wait_holds_one_chat_and_replies_go_first_after_it():
    async with a_chat(admins=frozenset({OWNER, SECOND})) as chat:
        chat.server.force("sendMessage", 429, parameters={"retry_after": 0.3})
        await chat.say("/status")
        held = await chat.next("sendMessage", status=429)
        chat.desk.show(a_copy())
        chat.bot.offer(a_card(1))
        chat.bot.offer(an_alert(2, severity=Severity.INFO, topic="calm", text="calm"))
        chat.bot.offer(an_alert(3, severity=Severity.CRITICAL, text="grave"))
        await chat.say("/version")
        calls = [await chat.next("sendMessage") for _ in range(8)]
        other = [c for c in calls if c.fields["chat_id"] == str(SECOND)]
        mine = [c for c in calls if c.fields["chat_id"] == str(OWNER)]
        assert all(c.at - held.at < 0.25 for c in other)
        words = ["not copying", "kitecopytrader", "grave", "calm", "COPY #214"]
        assert [next(w for w in words if w in c.text) for c in mine] == words
        assert all(c.at - held.at >= 0.28 for c in mine)


async def test_a_tap_is_answered_during_a_flood_wait():
    async with a_chat() as chat:
        chat.server.force("sendMessage", 429, parameters={"retry_after": 60})
        await chat.say("/status")
        await chat.next("sendMessage", status=429)
        await chat.tap("r|status")
        await chat.next("answerCallbackQuery")


async def test_a_message_the_server_may_have_got_is_marked_when_sent_again():
    async with a_chat() as chat:
        chat.server.force("sendMessage", 502)
        chat.bot.offer(an_alert())
        await chat.next("sendMessage", status=502)
        assert "(may repeat)" in (await chat.next()).text


async def test_a_message_whose_answer_cannot_be_read_is_marked_when_sent_again():
    async with a_chat() as chat:
        chat.server.garble("sendMessage")
        chat.bot.offer(an_alert())
        await chat.next("sendMessage")
        assert "(may repeat)" in (await chat.next()).text


async def test_refused_markup_is_sent_again_as_plain_text():
    async with a_chat() as chat:
        chat.server.force("sendMessage", 400, description="Bad Request: can't parse entities")
        call = await chat.ask("/status")
        assert "<pre>" not in call.text
        assert "day P&L" in call.text
        assert "parse_mode" not in call.fields


async def test_a_message_that_is_refused_for_good_holds_up_nothing(caplog):
    async with a_chat() as chat:
        chat.server.force("sendMessage", 400, times=2, description="Bad Request: no such thing")
        chat.bot.offer(an_alert(1))
        await chat.next("sendMessage", status=400)
        named = await chat.next()
        assert named.text.startswith("LIVE ⚠️ Alert 1 (error) cannot be shown here")
        assert (await chat.ask("/version")).text.startswith("PAPER · kitecopytrader")
        assert chat.desk.delivered == []
        assert "alert not shown" in caplog.text


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "Forbidden: bot was blocked by the user"), (400, "Bad Request: chat not found")],
)
async def test_what_happens_while_the_chat_is_shut_is_told_when_the_person_writes(status, words):
    async with a_chat() as chat:
        chat.server.force("sendMessage", status, description=words)
        chat.bot.offer(an_alert(1, text="first"))
        await chat.next("sendMessage", status=status)
        chat.bot.offer(an_alert(2, text="second"))
        assert (await chat.ask("/version")).text.startswith("PAPER · kitecopytrader")
        assert "first" in (await chat.next()).text
        assert "second" in (await chat.next()).text
        assert [d.notice_id for d in await _reported(chat, 2)] == [1, 2]


async def test_a_card_that_cannot_be_drawn_does_not_end_the_sending(caplog):
    async with a_chat() as chat:
        chat.desk.show(a_copy(status=None))
        chat.bot.offer(a_card())
        assert (await chat.ask("/version")).text.startswith("PAPER")
        assert "post dropped" in caplog.text


async def test_after_an_outage_dropped_cards_are_owned_up_to():
    async with a_chat() as chat:
        chat.server.force("sendMessage", 429, parameters={"retry_after": 0.2})
        await chat.say("/status")
        await chat.next("sendMessage", status=429)
        for number in range(205):
            order_id = str(number)
            chat.desk.show(a_copy(number=number, master_order_id=OrderId(order_id)))
            chat.bot.offer(a_card(number + 1, order_id))
        summary = await chat.next_saying("order cards were left out")
        assert summary.text.startswith("PAPER 🟡 5 order cards were left out")


def _post(rank: Rank, text: str = "x", chat_id: int = 1) -> Post:
    return Post(rank=rank, chat_id=chat_id, at=MORNING, what=Say(message=Message(html=text)))


def test_alerts_are_never_dropped_and_cards_only_above_the_limit():
    queue = PostQueue(max_cards=3)
    for number in range(50):
        queue.add(_post(Rank.ALERT))
        card = Card(notices=(a_card(number, str(number)),))
        queue.add(Post(rank=Rank.CARD, chat_id=1, at=MORNING, what=card))
    assert len(queue) == 53
    assert queue.dropped == {1: 47}


def _alert(number: int, severity: Severity, topic: str = "engine") -> Post:
    ranks = {Severity.CRITICAL: Rank.CRITICAL, Severity.ERROR: Rank.ERROR}
    what = Alert(notice=an_alert(number, severity=severity, topic=topic))
    return Post(rank=ranks.get(severity, Rank.ALERT), chat_id=1, at=MORNING, what=what)


def _taken(queue: PostQueue) -> list[int]:
    found = []
    while (post := queue.take(0.0)) is not None:
        assert isinstance(post.what, Alert)
        found.append(post.what.notice.notice_id)
    return found


def test_the_grave_goes_first_and_takes_what_its_topic_said_before_along():
    queue = PostQueue()
    queue.add(_alert(1, Severity.INFO, "account:ab"))
    queue.add(_alert(2, Severity.ERROR, "account:cd"))
    queue.add(_alert(3, Severity.INFO, "engine"))
    queue.add(_alert(4, Severity.CRITICAL, "engine"))
    queue.add(_alert(5, Severity.INFO, "engine"))
    assert _taken(queue) == [3, 4, 2, 1, 5]


def test_nothing_is_overtaken_for_ever():
    queue = PostQueue()
    queue.add(_alert(1, Severity.INFO, "account:ab"))
    for number in range(2, 40):
        queue.add(_alert(number, Severity.CRITICAL))
    assert _taken(queue).index(1) == MOST_OVERTAKEN


def test_edits_of_one_message_become_the_newest_one():
    def edit(text: str) -> Post:
        what = Edit(message_id=7, message=Message(html=text))
        return Post(rank=Rank.REPLY, chat_id=1, at=MORNING, what=what)

    queue = PostQueue()
    queue.add(edit("one"))
    first = queue.take(0.0)
    queue.add(edit("two"))
    queue.add(edit("three"))
    assert first is not None
    queue.put_back(first)
    taken = queue.take(0.0)
    assert taken is not None
    assert isinstance(taken.what, Edit)
    assert taken.what.message.html == "three"
    assert queue.take(0.0) is None


def test_a_card_put_back_joins_the_newer_one_of_its_order():
    queue = PostQueue()
    older = Post(rank=Rank.CARD, chat_id=1, at=MORNING, what=Card(notices=(a_card(1),)))
    queue.add(older)
    assert queue.take(0.0) is older
    queue.add(Post(rank=Rank.CARD, chat_id=1, at=MORNING, what=Card(notices=(a_card(2),))))
    queue.put_back(older)
    assert len(queue) == 1
    taken = queue.take(0.0)
    assert taken is not None
    assert isinstance(taken.what, Card)
    assert [n.notice_id for n in taken.what.notices] == [1, 2]
    assert taken.what.newest.venue is Venue.LIVE
