"""No secret in any log line, at any level, nor in any answer."""

import logging

import pyotp

from engine.core.values.views import SessionState
from tests.bot_chat.chat_server import TOKEN, TOTP_SECRET, a_chat
from tests.bot_chat.chat_views import a_status, an_account

REQUEST_TOKEN = "cAnArY7777cAnArY7777cAnArY777712"


async def test_a_whole_day_at_debug_logs_no_secret(caplog, capsys):
    caplog.set_level(logging.DEBUG)
    async with a_chat() as chat:
        out = an_account("master", session=SessionState.LOGIN)
        chat.desk.view = a_status(accounts=(out, an_account("ab1234")))
        for status in (401, 404, 409, 429, 500):
            chat.server.force("getUpdates", status, parameters={"retry_after": 0.01})
            chat.server.force("sendMessage", status, parameters={"retry_after": 0.01})
        await chat.say("/status")
        await chat.next_saying("master")
        await chat.ask("/login")
        await chat.say(f"https://x/?status=success&request_token={REQUEST_TOKEN}")
        await chat.next_saying("logged in")
        await chat.say("/live")
        await chat.next_saying("6-digit")
        code = pyotp.TOTP(TOTP_SECRET).at(chat.clock.now())
        await chat.say(code)
        await chat.next_saying("LIVE")

        def broken(limit=10):
            raise RuntimeError(f"{TOKEN} {REQUEST_TOKEN}")

        chat.desk.copies = broken
        await chat.say("/orders")
        await chat.next_saying("something went wrong")
        said = "".join(call.text for call in chat.server.calls)
    logged = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    printed = "".join(capsys.readouterr())
    for secret in (TOKEN, TOKEN.partition(":")[2], TOTP_SECRET, REQUEST_TOKEN, code):
        assert secret not in logged + printed
        assert secret not in said


async def test_a_token_the_server_rejects_at_start_is_waited_for_and_not_logged(caplog):
    caplog.set_level(logging.DEBUG)
    async with a_chat(ready=False) as chat:
        chat.server.force("getMe", 401, times=3)
        assert (await chat.ask("/version")).text.startswith("PAPER")
    assert TOKEN not in caplog.text
