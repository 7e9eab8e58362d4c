"""Pairing over the wire, before an independent Bot API server; what it refuses is told without the token."""

import asyncio

import pytest

from bot.chat.pairing_code import digest_of, new_code
from bot.setup.pairing import wait_for_owner
from bot.setup.telegram_api import (
    HttpBotApi,
    TelegramSilentError,
    TokenInUseError,
    TokenRefusedError,
)
from engine.core.values.secrets import Secret
from tests.bot_chat.chat_server import TOKEN, Server


def said(text, person):
    sender = {"id": person, "is_bot": False, "first_name": "Ravi"}
    message = {"message_id": 1, "date": 0, "chat": {"id": person, "type": "private"}, "text": text}
    return {"message": {**message, "from": sender}}


def pair(api, code):
    return wait_for_owner(
        api,
        digest_of(code),
        gave_up=lambda: False,
        monotonic=lambda: 0.0,
        pause=lambda seconds: None,
        silent=lambda: None,
    )


async def test_an_independent_server_pairs_the_owner_and_keeps_nothing_for_the_bot():
    server, code = Server(), new_code()
    await server.start()
    try:
        api = HttpBotApi(f"http://127.0.0.1:{server.port}", Secret(TOKEN))
        assert await asyncio.to_thread(api.name) == "copy_bot"
        await server.enqueue_update(said("/start", 9), token=TOKEN)
        await server.enqueue_update(said(f"/start {code}", 4242), token=TOKEN)
        person = await asyncio.to_thread(pair, api, code)
        assert person is not None
        assert (person.id, person.name) == (4242, "Ravi")
        assert server.waiting() == 0
        for status, error in (
            (401, TokenRefusedError),
            (409, TokenInUseError),
            (500, TelegramSilentError),
        ):
            server.force("getUpdates", status)
            with pytest.raises(error) as refused:
                await asyncio.to_thread(api.updates, 0, 0)
            assert TOKEN.partition(":")[2] not in repr(refused.value)
            assert refused.value.__cause__ is None
        server.garble("sendMessage")
        with pytest.raises(TelegramSilentError, match="no Bot API server"):
            await asyncio.to_thread(api.tell, 4242, "PAPER")
    finally:
        await server.stop()
    with pytest.raises(TelegramSilentError, match="does not answer"):
        await asyncio.to_thread(api.name)
