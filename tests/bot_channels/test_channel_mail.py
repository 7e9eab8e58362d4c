"""Alerts by e-mail, against a real mail server."""

import ssl

import pytest

from bot.channels.channel import AlertText, NotSent, Sent
from bot.channels.mail import MailChannel
from bot.settings.channels import EmailSettings
from engine.core.values.notices import Severity
from engine.core.values.secrets import Secret
from tests.bot_channels.channel_servers import PASSWORD, USER, a_mail_server, nothing_listens
from tests.bot_chat.chat_fakes import ManualClock

TEXT = AlertText(
    key="12.1",
    headline="LIVE CRITICAL ab1234: SELL M&M ₹1,200 was refused",
    body="LIVE CRITICAL ab1234: SELL M&M ₹1,200 was refused\nalert 12 · 23 Nov 09:31:04 IST",
)


def a_channel(port, authority=None, **changes) -> MailChannel:
    fields = {
        "host": "127.0.0.1",
        "port": port,
        "tls": False,
        "user": "",
        "password": Secret(""),
        "sender": "bot@mail.example",
        "to": ("asha@mail.example",),
        "least": Severity.ERROR,
    }
    tls = ssl.create_default_context(cafile=authority.ca_file) if authority else None
    return MailChannel(EmailSettings(**{**fields, **changes}), ManualClock(), tls=tls)


LOGIN = {"user": USER, "password": Secret(PASSWORD)}


async def test_a_mail_says_it_all_in_its_subject_and_goes_to_everybody():
    async with a_mail_server() as server:
        channel = a_channel(server.port, to=("asha@mail.example", "ravi@mail.example"))
        assert await channel.send(TEXT) == Sent()
    [(receivers, mail)] = server.mails
    assert receivers == ["asha@mail.example", "ravi@mail.example"]
    assert mail["Subject"] == TEXT.headline
    assert mail["From"] == "bot@mail.example"
    assert mail["To"] == "asha@mail.example, ravi@mail.example"
    assert mail["Date"].datetime == ManualClock().now()
    assert mail.get_content().splitlines() == TEXT.body.splitlines()


async def test_the_password_goes_over_starttls_and_both_attempts_have_one_message_id(authority):
    async with a_mail_server(starttls=authority.server, auth=True) as server:
        channel = a_channel(server.port, authority, **LOGIN)
        assert await channel.send(TEXT) == Sent()
        assert await channel.send(TEXT) == Sent()
    assert server.encrypted == [True, True]
    assert server.users == [USER.encode()] * 2
    first, second = (mail["Message-ID"] for _, mail in server.mails)
    assert first == second


async def test_smtps_is_encrypted_from_the_first_byte(authority):
    async with a_mail_server(tls=authority.server, auth=True) as server:
        channel = a_channel(server.port, authority, tls=True, **LOGIN)
        assert await channel.send(TEXT) == Sent()
    assert len(server.mails) == 1


async def test_a_wrong_password_is_told_with_the_mend_and_without_the_password(authority):
    async with a_mail_server(starttls=authority.server, auth=True) as server:
        wrong = {"user": USER, "password": Secret("wrongcanary")}
        outcome = await a_channel(server.port, authority, **wrong).send(TEXT)
    assert outcome.lasting
    assert "user or password (535)" in outcome.why
    assert "EMAIL__SMTP_URL" in outcome.why
    assert "wrongcanary" not in repr(outcome)
    assert server.mails == []


@pytest.mark.parametrize("tls", [True, False], ids=["smtps", "starttls"])
async def test_a_certificate_of_nobody_we_know_ends_it_before_the_password(authority, tls):
    offered = {"tls": authority.server} if tls else {"starttls": authority.server, "auth": True}
    async with a_mail_server(**offered) as server:
        outcome = await a_channel(server.port, tls=tls, **LOGIN).send(TEXT)
    assert outcome.lasting
    assert "certificate" in outcome.why
    assert server.users == []


async def test_without_encryption_the_password_stays_here(monkeypatch):
    """But for a server on this machine, where nobody stands between."""
    async with a_mail_server(auth=True) as server:
        assert await a_channel(server.port, **LOGIN).send(TEXT) == Sent()
        monkeypatch.setattr("bot.channels.mail.is_loopback", lambda host: False)
        server.users.clear()
        outcome = await a_channel(server.port, **LOGIN).send(TEXT)
    assert outcome.lasting
    assert "use smtps://" in outcome.why
    assert server.users == []


async def test_one_receiver_that_is_refused_keeps_no_other_from_it():
    async with a_mail_server() as server:
        server.refuse_receivers.add("gone@mail.example")
        channel = a_channel(server.port, to=("gone@mail.example", "asha@mail.example"))
        outcome = await channel.send(TEXT)
        nobody = await a_channel(server.port, to=("gone@mail.example",)).send(TEXT)
    assert outcome == Sent(but="the mail server refuses gone@mail.example - correct EMAIL__TO")
    assert [receivers for receivers, _ in server.mails] == [["asha@mail.example"]]
    assert nobody == NotSent(
        why="the mail server refuses every receiver - correct EMAIL__TO", lasting=True
    )


async def test_a_server_that_is_not_there_or_too_busy_is_tried_again():
    outcome = await a_channel(await nothing_listens()).send(TEXT)
    assert "not reached" in outcome.why
    assert (outcome.lasting, outcome.may_have_arrived) == (False, False)
    async with a_mail_server() as server:
        server.answers.append("451 try later")
        outcome = await a_channel(server.port).send(TEXT)
    assert outcome == NotSent(why="the mail server refuses the message (451)")


async def test_a_server_that_breaks_off_after_the_text_may_have_it():
    async with a_mail_server() as server:

        async def hang_up(smtp, session, envelope):
            smtp.transport.abort()
            return "250 OK"

        server.handle_DATA = hang_up
        outcome = await a_channel(server.port).send(TEXT)
    assert outcome.may_have_arrived
