"""Who is heard, and who gets silence."""

import logging

import pytest
from telegram import Update

from bot.chat.gate import BURST, Gate
from tests.bot_chat.chat_fakes import ManualClock
from tests.bot_chat.chat_server import OWNER, STRANGER, a_chat
from tests.bot_chat.chat_updates import a_message, a_tap, kinds


def _gate(*admins: int) -> Gate:
    return Gate(frozenset(admins).__contains__, ManualClock())


def _update(payload: dict) -> Update:
    return Update.de_json({"update_id": 1, **payload}, None)


@pytest.mark.parametrize("kind", kinds(OWNER))
@pytest.mark.parametrize("user_id", [OWNER, STRANGER])
def test_only_plain_words_and_taps_in_ones_own_chat_are_read(kind, user_id):
    assert not _gate(OWNER).admits(_update(kinds(user_id)[kind]))


@pytest.mark.parametrize(
    "payload", [{"message": a_message(OWNER)}, {"callback_query": a_tap(OWNER)}]
)
def test_an_admin_is_heard(payload):
    assert _gate(OWNER).admits(_update(payload))


@pytest.mark.parametrize(
    "payload", [{"message": a_message(STRANGER)}, {"callback_query": a_tap(STRANGER)}]
)
def test_a_stranger_is_not_heard_and_without_admins_nobody_is(payload):
    assert not _gate(OWNER).admits(_update(payload))
    assert not _gate().admits(_update({"message": a_message(OWNER)}))


def test_a_stranger_is_logged_once_an_hour(caplog):
    caplog.set_level(logging.INFO)
    clock = ManualClock()
    gate = Gate(frozenset({OWNER}).__contains__, clock)
    for _ in range(5):
        gate.admits(_update({"message": a_message(STRANGER)}))
    clock.forward(minutes=59)
    gate.admits(_update({"message": a_message(STRANGER)}))
    assert len(caplog.records) == 1
    clock.forward(minutes=1, seconds=1)
    gate.admits(_update({"message": a_message(STRANGER)}))
    assert len(caplog.records) == 2


def test_a_burst_is_cut_off_but_stop_is_always_read():
    clock = ManualClock()
    gate = Gate(frozenset({OWNER}).__contains__, clock)
    status = _update({"message": a_message(OWNER, text="/status")})
    admitted = sum(gate.admits(status) for _ in range(100))
    assert admitted == BURST
    for urgent in ("/Stop", "/pause asha", "/panic", "stop"):
        assert gate.admits(_update({"message": a_message(OWNER, text=urgent)}))
    clock.forward(seconds=1)
    assert gate.admits(status)


async def test_strangers_get_silence_from_the_running_bot():
    async with a_chat() as chat:
        await chat.say("/start", user=STRANGER)
        await chat.say("/stop", user=STRANGER)
        await chat.tap("r|status", user=STRANGER)
        await chat.update("inline_query", **kinds(STRANGER)["inline"]["inline_query"])
        await chat.update(**kinds(OWNER)["group"]["message"])
        assert await chat.quiet() == []
        assert chat.desk.asked == []
