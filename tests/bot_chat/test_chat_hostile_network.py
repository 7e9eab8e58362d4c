"""What others on the network can do to the chat: nothing is said to a false server, a flood costs little."""

import asyncio

import pytest
from telegram import Update
from telegram.error import NetworkError

from bot.chat.app import ChatSettings, _build
from bot.chat.gate import BURST, Gate
from engine.core.values.secrets import Secret
from tests.bot_chat.chat_fakes import ManualClock
from tests.bot_chat.chat_server import OWNER, TOKEN
from tests.bot_chat.chat_updates import a_message
from tests.contracts.kite.conftest import authority, make_authority

__all__ = ["authority", "make_authority"]


def an_update(user_id: int, text: str) -> Update:
    return Update.de_json({"update_id": 1, "message": a_message(user_id, text=text)}, None)


@pytest.mark.asyncio
async def test_a_server_whose_certificate_nobody_we_know_signed_hears_no_token(authority):
    heard = bytearray()

    async def answer(reader, writer):
        heard.extend(await reader.read(65_536))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=authority.server)
    async with server:
        port = server.sockets[0].getsockname()[1]
        app = _build(
            ChatSettings(
                bot_token=Secret(TOKEN),
                admins=frozenset({OWNER}),
                api_url=f"https://127.0.0.1:{port}",
            ),
            None,
        )
        with pytest.raises(NetworkError) as failed:
            await app.initialize()
    assert "CERTIFICATE_VERIFY_FAILED" in str(failed.value)
    assert heard == b""
    assert TOKEN not in str(failed.value)


def test_a_flood_is_refused_in_memory_that_does_not_grow():
    named = []
    gate = Gate(
        frozenset({OWNER}).__contains__,
        ManualClock(),
        named=lambda user_id, _name: named.append(user_id),
    )
    strangers = range(1_000_000, 1_002_000)
    for user_id in strangers:
        update = an_update(user_id, "/stop")
        assert not any(gate.admits(update) for _ in range(3))
    assert named == [*strangers], "each once an hour, of whom the engine tells a few"
    assert len(gate._strangers) <= 1_000
    status = an_update(OWNER, "/status")
    heard = [gate.admits(status) for _ in range(500)]
    assert sum(heard) == BURST
    for less_risk in ("/stop", "/pause asha", "/panic"):
        assert gate.admits(an_update(OWNER, less_risk)), "less risk is never throttled"
    assert set(gate._buckets) == {OWNER}, "a stranger gets no bucket of his own"
