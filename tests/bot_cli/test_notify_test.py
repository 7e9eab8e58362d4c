"""``copytrader notify-test``, against real servers on this machine."""

import asyncio
import threading
from contextlib import contextmanager

from tests.bot_channels.channel_servers import a_mail_server, a_web_server, nothing_listens
from tests.bot_cli.cli_builders import VALID, command, write_env

TOKEN = VALID["TELEGRAM__BOT_TOKEN"]


@contextmanager
def servers():
    """Serve mail and web from another thread: the command has a loop of its own."""
    ready, done, found = threading.Event(), threading.Event(), {}

    async def serve() -> None:
        async with a_web_server() as web, a_mail_server() as mail:
            found.update(web=web, mail=mail, nobody=await nothing_listens())
            ready.set()
            await asyncio.to_thread(done.wait, 30)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(10)
        yield found["web"], found["mail"], found["nobody"]
    finally:
        done.set()
        thread.join(10)


def env(folder, web, mail_port: int, **more: str):
    return write_env(
        folder,
        **{
            "TELEGRAM__API_URL": web.url,
            "TELEGRAM__ADMINS": "42,43",
            "EMAIL__SMTP_URL": f"smtp://127.0.0.1:{mail_port}",
            "EMAIL__FROM": "bot@mail.example",
            "EMAIL__TO": "asha@mail.example",
            "EMAIL__MIN_SEVERITY": "critical",
            "DISCORD__WEBHOOK_URL": f"{web.url}/api/webhooks/77/webhookcanary",
            **more,
        },
    )


def test_every_channel_is_tried_and_each_says_how_it_went(tmp_path):
    with servers() as (web, mail, nobody):
        env(tmp_path, web, mail.port)
        well = command(tmp_path, "notify-test")
        assert (well.status, well.err) == (0, "")
        assert well.out.splitlines() == [
            "telegram: delivered",
            "email: delivered",
            "discord: delivered",
        ]
        first, second, discord = web.posted
        assert (first.path, second.path) == (f"/bot{TOKEN}/sendMessage",) * 2
        assert (first.form["chat_id"], second.form["chat_id"]) == ("42", "43")
        for said in (first.form["text"], discord.json["content"], mail.mails[0][1]["Subject"]):
            assert said.startswith("PAPER · TEST alert")

        env(tmp_path, web, nobody)
        web.answers += [(200, {}), (403, {"ok": False})]
        ill = command(tmp_path, "notify-test")
    assert ill.status == 1
    assert ill.out.splitlines() == [
        "telegram: FAILED: 43: the chat is not open - open the bot in Telegram and send /start",
        f"email: FAILED: the mail server 127.0.0.1:{nobody} is not reached",
        "discord: delivered",
    ]
    assert "canary" not in ill.out + ill.err + well.out


def test_one_channel_alone_is_tried_and_one_that_is_not_there_is_said(tmp_path):
    with servers() as (web, mail, _):
        env(tmp_path, web, mail.port)
        assert command(tmp_path, "notify-test", "EMAIL").out == "email: delivered\n"
        assert web.posted == []
        absent = command(tmp_path, "notify-test", "whatsapp")
        unknown = command(tmp_path, "notify-test", "pigeon")
    assert (absent.status, unknown.status) == (1, 1)
    assert "whatsapp is not configured" in absent.err
    assert "docs/NOTIFICATION_SETUP.md" in absent.err
    assert "there are: telegram, email, whatsapp, discord, apprise" in unknown.err


def test_a_bot_without_admins_reaches_nobody_and_says_so(tmp_path):
    with servers() as (web, mail, _):
        env(tmp_path, web, mail.port, TELEGRAM__ADMINS="")
        ran = command(tmp_path, "notify-test", "telegram")
    assert ran.status == 1
    assert "TELEGRAM__ADMINS is empty" in ran.out


def test_without_the_extra_one_line_says_how_it_is_installed(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.cli.configuration.is_installed", lambda: False)
    write_env(tmp_path, APPRISE__URLS="json://127.0.0.1:9")
    ran = command(tmp_path, "notify-test")
    assert ran.status == 1
    [line] = ran.err.splitlines()
    assert "pip install apprise" in line
