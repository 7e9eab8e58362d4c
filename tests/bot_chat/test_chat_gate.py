"""Who is heard, and who gets silence."""

import logging

import pytest
from telegram import Update

from bot.chat.gate import BURST, Gate
from tests.bot_chat.chat_fakes import ManualClock
from tests.bot_chat.chat_server import OWNER, STRANGER, a_chat

PRIVATE = {"id": OWNER, "type": "private"}
GROUP = {"id": -100123, "type": "supergroup", "title": "g"}
CHANNEL = {"id": -100999, "type": "channel", "title": "c"}
ANONYMOUS_ADMIN = 1087968824


def _user(user_id: int) -> dict:
    return {"id": user_id, "is_bot": False, "first_name": "A"}


def _message(user_id: int = OWNER, chat: dict | None = None, **more: object) -> dict:
    chat = chat or {"id": user_id, "type": "private"}
    return {
        "message_id": 1,
        "date": 1_700_000_000,
        "chat": chat,
        "from": _user(user_id),
        "text": "/stop",
        **more,
    }


def _tap(user_id: int = OWNER, **more: object) -> dict:
    return {
        "id": "1",
        "from": _user(user_id),
        "chat_instance": "1",
        "data": "r|status",
        "message": _message(user_id),
        **more,
    }


def _kinds(user_id: int) -> dict[str, dict]:
    """Every kind of update, as this person could cause it."""
    forwarded = {"type": "user", "date": 1, "sender_user": _user(5)}
    place = {"id": user_id, "type": "private"}
    channel_post = {"message_id": 1, "date": 1, "chat": CHANNEL, "text": "/stop"}
    member = {
        "chat": place,
        "from": _user(user_id),
        "date": 1,
        "old_chat_member": {"status": "member", "user": _user(7)},
        "new_chat_member": {"status": "member", "user": _user(7)},
    }
    return {
        "edited": {"edited_message": _message(user_id, edit_date=2)},
        "edited in place": {"message": _message(user_id, edit_date=2)},
        "group": {"message": _message(user_id, GROUP)},
        "anonymous group admin": {"message": _message(ANONYMOUS_ADMIN, GROUP, sender_chat=GROUP)},
        "forwarded": {"message": _message(user_id, forward_origin=forwarded)},
        "via another bot": {"message": _message(user_id, via_bot=_user(8))},
        "sent as a channel": {"message": _message(user_id, sender_chat=CHANNEL)},
        "another's private chat": {"message": _message(user_id, {"id": 77, "type": "private"})},
        "channel post": {"channel_post": channel_post},
        "edited channel post": {"edited_channel_post": channel_post},
        "business": {"business_message": _message(user_id, business_connection_id="b")},
        "inline": {"inline_query": {"id": "1", "from": _user(user_id), "query": "", "offset": ""}},
        "chosen inline": {
            "chosen_inline_result": {"result_id": "1", "from": _user(user_id), "query": ""}
        },
        "inline tap": {"callback_query": _tap(user_id, message=None, inline_message_id="i")},
        "tap in a group": {"callback_query": _tap(user_id, message=_message(user_id, GROUP))},
        "poll": {
            "poll_answer": {
                "poll_id": "1",
                "option_ids": [0],
                "option_persistent_ids": ["0"],
                "user": _user(user_id),
            },
        },
        "my member": {"my_chat_member": member},
        "join request": {
            "chat_join_request": {
                "chat": GROUP,
                "from": _user(user_id),
                "user_chat_id": user_id,
                "date": 1,
            }
        },
        "nothing": {},
    }


def _gate(*admins: int) -> Gate:
    return Gate(frozenset(admins), ManualClock())


def _update(payload: dict) -> Update:
    return Update.de_json({"update_id": 1, **payload}, None)


@pytest.mark.parametrize("kind", _kinds(OWNER))
@pytest.mark.parametrize("user_id", [OWNER, STRANGER])
def test_only_plain_words_and_taps_in_ones_own_chat_are_read(kind, user_id):
    assert not _gate(OWNER).admits(_update(_kinds(user_id)[kind]))


@pytest.mark.parametrize("payload", [{"message": _message()}, {"callback_query": _tap()}])
def test_an_admin_is_heard(payload):
    assert _gate(OWNER).admits(_update(payload))


@pytest.mark.parametrize(
    "payload", [{"message": _message(STRANGER)}, {"callback_query": _tap(STRANGER)}]
)
def test_a_stranger_is_not_heard_and_without_admins_nobody_is(payload):
    assert not _gate(OWNER).admits(_update(payload))
    assert not _gate().admits(_update({"message": _message()}))


def test_a_stranger_is_logged_once_an_hour(caplog):
    caplog.set_level(logging.INFO)
    clock = ManualClock()
    gate = Gate(frozenset({OWNER}), clock)
    for _ in range(5):
        gate.admits(_update({"message": _message(STRANGER)}))
    assert len(caplog.records) == 1
    clock.forward(hours=1, seconds=1)
    gate.admits(_update({"message": _message(STRANGER)}))
    assert len(caplog.records) == 2


def test_a_burst_is_cut_off_but_stop_is_always_read():
    clock = ManualClock()
    gate = Gate(frozenset({OWNER}), clock)
    status = _update({"message": _message(text="/status")})
    admitted = sum(gate.admits(status) for _ in range(100))
    assert admitted == BURST
    assert gate.admits(_update({"message": _message(text="/Stop")}))
    clock.forward(seconds=1)
    assert gate.admits(status)


async def test_strangers_get_silence_from_the_running_bot():
    async with a_chat() as chat:
        await chat.say("/start", user=STRANGER)
        await chat.say("/stop", user=STRANGER)
        await chat.tap("r|status", user=STRANGER)
        await chat.update("inline_query", **_kinds(STRANGER)["inline"]["inline_query"])
        await chat.update(**_kinds(OWNER)["group"]["message"])
        assert await chat.quiet() == []
        assert chat.desk.asked == []
