"""Secrets without their names: deleted, told once, and never said back."""

import pytest

from tests.bot_chat.chat_server import a_chat

PASSWORD = "hunter2-hunter2"
BOT_TOKEN = "7123456789:AAF4xY7-abcdefghijklmnopqrstuvwxyz12"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (BOT_TOKEN, BOT_TOKEN),
        (f"here it is: {BOT_TOKEN}", BOT_TOKEN),
        (f"/set token {BOT_TOKEN}", BOT_TOKEN),
        ("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&issuer=x", "JBSWY3DPEHPK3PXP"),
        ("https://discord.com/api/webhooks/12345/abcDEF-_xyz", "abcDEF-_xyz"),
        (f"smtp://me:{PASSWORD}@mail.example:587", PASSWORD),
        (f"/set ab1234 PROXY http://me:{PASSWORD}@10.0.0.1:3128", PASSWORD),
        (f"/set FOLLOWERS__AB1234__PROXY=http://:{PASSWORD}@10.0.0.1:3128", PASSWORD),
    ],
)
async def test_it_is_deleted_and_not_said_back(text, secret):
    async with a_chat() as chat:
        await chat.say(text)
        call = await chat.next()
        assert "that looks like a secret" in call.text
        assert any(each.method == "deleteMessage" for each in chat.server.calls)
        assert all(secret not in str(each.fields) for each in chat.server.calls)
        assert not chat.desk.asked


async def test_a_value_that_is_none_of_the_key_that_was_meant_is_not_said_back():
    async with a_chat() as chat:
        call = await chat.ask(f"/set ab1234 PROXY {PASSWORD}")
        assert "Did you mean /set ab1234 APPROVE ask?" in call.text
        assert PASSWORD not in call.text


@pytest.mark.parametrize(
    "text", ["/why 250000000000214", "/set ab1234 MULTIPLER 0.5", "see https://kite.trade/docs:x"]
)
async def test_what_is_no_secret_stays(text):
    async with a_chat() as chat:
        await chat.ask(text)
        await chat.quiet()
        assert not any(each.method == "deleteMessage" for each in chat.server.calls)
