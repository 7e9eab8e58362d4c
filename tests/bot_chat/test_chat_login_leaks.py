"""What is a secret is deleted from the chat, whoever wrote it and however; what is none stays."""

import pytest

from tests.bot_chat.chat_fakes import FakeDesk
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.test_chat_login_states import KEY, OTHER, _deleted, _out


@pytest.mark.parametrize(
    "pasted",
    [
        f"/login ab1234 {KEY}",
        f"/login {KEY}",
        f"/login https://127.0.0.1/?status=success&request_token={KEY}",
        f"here you are {KEY} thanks",
        f"copytrader login --request-token {KEY}",
        f"/token request_token={KEY}",
        f"request_token={KEY[:7]}!",
        f"{KEY} {OTHER}",
        f"https://127.0.0.1/?status=error&request_token={KEY}",
    ],
)
async def test_a_token_is_deleted_whatever_stands_round_it(pasted):
    async with a_chat(desk=_out(FakeDesk(), "ab1234")) as chat:
        message_id = await chat.say(pasted)
        answer = await chat.next()
        assert _deleted(chat) == [str(message_id)]
        assert "I deleted your message." in answer.text
        assert KEY not in answer.text


@pytest.mark.parametrize(
    "leak",
    [
        "api_secret: 8s7df6s8d7f6s8df",
        "FOLLOWERS__AB1234__API_SECRET=8s7df6s8d7f6s8df",
        "my password is=hunter2hunter2",
        "KITE access_token=abcdefgh12345678",
        "/set SECURITY__TOTP_SECRET=JBSWY3DPEHPK3PXP",
    ],
)
async def test_another_secret_is_deleted_and_the_person_is_told_to_replace_it(leak):
    async with a_chat() as chat:
        message_id = await chat.say(leak.replace("password is=", "password="))
        answer = await chat.next()
        assert "that looks like a secret" in answer.text
        assert _deleted(chat) == [str(message_id)]


@pytest.mark.parametrize(
    "text",
    [
        "/why 250000000000214",
        f"/why {KEY}",
        "/help login",
        "/login ab1234",
        "what is my password?",
        "/start",
    ],
)
async def test_what_holds_no_secret_stays(text):
    async with a_chat() as chat:
        await chat.ask(text)
        assert _deleted(chat) == []
