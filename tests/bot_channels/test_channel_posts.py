"""Alerts by Discord, WhatsApp and Apprise, against servers that keep what they are posted."""

import asyncio
import base64
import logging

import pytest

from bot.channels.apprise_urls import AppriseChannel
from bot.channels.channel import AlertText, NotSent, Sent
from bot.channels.discord import DiscordChannel
from bot.channels.own_thread import OwnThread, StillBusyError
from bot.channels.whatsapp import WhatsappChannel
from bot.settings.channels import AppriseSettings, DiscordSettings, WhatsappSettings
from engine.core.values.notices import Severity
from engine.core.values.secrets import Secret
from engine.errors import ConfigError
from tests.bot_channels.channel_servers import a_web_server, nothing_listens

TEXT = AlertText(
    key="12.1",
    headline="LIVE CRITICAL ab1234: SELL M&M was refused",
    body="LIVE CRITICAL ab1234: SELL M&M was refused\n# @everyone *bold*\nalert 12",
)
SID, TOKEN, WEBHOOK_TOKEN = "AC0123456789abcdef", "twiliotokencanary", "webhooktokencanary"


def discord(url: str) -> DiscordChannel:
    webhook = Secret(f"{url}/api/webhooks/77/{WEBHOOK_TOKEN}")
    return DiscordChannel(DiscordSettings(webhook=webhook, least=Severity.ERROR))


def whatsapp(url: str, *to: str) -> WhatsappChannel:
    return WhatsappChannel(
        WhatsappSettings(
            sid=SID,
            token=Secret(TOKEN),
            sender="+14155238886",
            to=to or ("+919812345678",),
            api_url=url,
            least=Severity.ERROR,
        ),
        look_after_s=0,
    )


def apprise(*urls: str) -> AppriseChannel:
    return AppriseChannel(AppriseSettings(urls=Secret(",".join(urls)), least=Severity.ERROR))


async def test_discord_is_posted_a_message_that_mentions_nobody(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with a_web_server() as server:
        channel = discord(server.url)
        assert await channel.send(TEXT) == Sent()
        await channel.close()
    [posted] = server.posted
    assert (posted.method, posted.path) == ("POST", f"/api/webhooks/77/{WEBHOOK_TOKEN}")
    assert posted.query == {"wait": "true"}
    assert posted.headers["content-type"] == "application/json"
    assert posted.json == {
        "content": "LIVE CRITICAL ab1234: SELL M&M was refused\n\\# @everyone \\*bold\\*\nalert 12",
        "allowed_mentions": {"parse": []},
    }


async def test_a_long_alert_is_cut_to_what_discord_and_whatsapp_take():
    text = AlertText(key="1", headline="x", body="LIVE " + "*" * 5_000)
    async with a_web_server() as server:
        server.answers += [(200, {}), (201, {"sid": "SM1"})]
        channel = discord(server.url)
        assert await channel.send(text) == Sent()
        await channel.close()
        assert await whatsapp(server.url).send(text) == Sent()
    first, second = server.posted
    assert len(first.json["content"]) == 2_000
    assert len(second.form["Body"]) == 1_600


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (429, {"retry_after": 1.25}, {"wait_s": 1.25, "lasting": False}),
        (429, {}, {"wait_s": 5.0, "lasting": False}),
        (404, {"code": 10015}, {"lasting": True, "may_have_arrived": False}),
        (400, {}, {"lasting": True, "may_have_arrived": False}),
        (502, {}, {"lasting": False, "may_have_arrived": True}),
    ],
)
async def test_what_discord_answers_tells_when_to_try_again(status, body, outcome):
    async with a_web_server() as server:
        server.answers.append((status, body))
        channel = discord(server.url)
        failed = await channel.send(TEXT)
        await channel.close()
    assert {name: getattr(failed, name) for name in outcome} == outcome
    assert str(status) in failed.why
    assert WEBHOOK_TOKEN not in repr(failed)


async def test_who_is_not_reached_has_nothing():
    port = await nothing_listens()
    channel = discord(f"http://127.0.0.1:{port}")
    assert await channel.send(TEXT) == NotSent(why="Discord is not reached")
    await channel.close()
    assert await whatsapp(f"http://127.0.0.1:{port}").send(TEXT) == NotSent(
        why="Twilio is not reached"
    )


async def test_twilio_is_posted_one_message_a_number_as_its_sdk_does(monkeypatch):
    monkeypatch.setenv("TWILIO_REGION", "au1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with a_web_server() as server:
        server.answers += [(201, {"sid": "SM1"}), (201, {"sid": "SM2"})]
        assert await whatsapp(server.url, "+919812345678", "+919812345679").send(TEXT) == Sent()
    first, second = server.posted
    assert (first.method, first.path) == (
        "POST",
        f"/2010-04-01/Accounts/{SID}/Messages.json",
    )
    login = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
    assert first.headers["authorization"] == f"Basic {login}"
    assert first.form == {
        "From": "whatsapp:+14155238886",
        "To": "whatsapp:+919812345678",
        "Body": TEXT.body,
    }
    assert second.form["To"] == "whatsapp:+919812345679"


async def test_a_number_that_has_the_alert_is_not_sent_it_again():
    async with a_web_server() as server:
        channel = whatsapp(server.url, "+911111111111", "+922222222222")
        server.answers += [(201, {"sid": "SM1"}), (503, {"code": 20503, "message": "busy"})]
        failed = await channel.send(TEXT)
        server.answers.append((201, {"sid": "SM2"}))
        assert await channel.send(TEXT) == Sent()
    assert failed == NotSent(why="Twilio has trouble of its own (503)", may_have_arrived=True)
    assert [one.form["To"][-1] for one in server.posted] == ["1", "2", "2"]


async def test_what_a_person_must_mend_at_twilio_is_said_and_one_number_keeps_none_from_it():
    async with a_web_server() as server:
        channel = whatsapp(server.url, "+911111111111", "+922222222222")
        not_joined = (400, {"code": 63015, "message": f"canary {TOKEN}"})
        server.answers += [(201, {"sid": "SM1"}), not_joined, (401, {"code": 20003})]
        outcome = await channel.send(TEXT)
        refused = await whatsapp(server.url).send(TEXT)
    assert outcome.but.startswith("not to +922222222222: a receiver has not joined")
    assert refused.lasting
    assert "WHATSAPP__TWILIO_TOKEN" in refused.why
    assert TOKEN not in repr((outcome, refused))


async def test_what_twilio_took_and_whatsapp_did_not_is_not_called_delivered():
    async with a_web_server() as server:
        channel = whatsapp(server.url)
        queued = (201, {"sid": "SM1", "status": "queued"})
        server.answers += [
            queued,
            (200, {"sid": "SM1", "status": "undelivered", "error_code": 63016}),
        ]
        lost = await channel.send(TEXT)
        # Where nobody can tell, and where WhatsApp has it, it counts as delivered.
        server.answers += [queued, (500, {})]
        assert await channel.send(TEXT) == Sent()
        server.answers += [queued, (200, {"sid": "SM1", "status": "delivered"})]
        assert await whatsapp(server.url).send(TEXT) == Sent()
    assert lost.lasting
    assert "(error 63016)" in lost.why
    assert "24 h" in lost.why
    look = server.posted[1]
    assert (look.method, look.path) == ("GET", f"/2010-04-01/Accounts/{SID}/Messages/SM1.json")


async def test_a_call_that_hangs_holds_up_nobody_and_no_second_one_is_begun():
    async with a_web_server() as server:
        server.hangs = asyncio.Event()
        channel = whatsapp(server.url)
        first = asyncio.ensure_future(channel.send(TEXT))  # noqa: TID251 - given up while it hangs
        async with asyncio.timeout(5):
            while not server.posted:  # noqa: ASYNC110 - a thread sends
                await asyncio.sleep(0.01)
        first.cancel()
        again = await channel.send(TEXT)
        assert len(server.posted) == 1
        server.hangs.set()
        async with asyncio.timeout(5):
            while isinstance(await channel.send(TEXT), NotSent):  # noqa: ASYNC110 - a thread ends
                await asyncio.sleep(0.01)
    assert again.may_have_arrived


async def test_a_blocking_call_runs_in_a_thread_of_its_own_name_one_at_a_time():
    import threading

    thread: OwnThread[str] = OwnThread("whatsapp")
    go = threading.Event()

    def work() -> str:
        go.wait(5)
        return threading.current_thread().name

    first = asyncio.ensure_future(thread.call(work))  # noqa: TID251 - two at once is the matter
    await asyncio.sleep(0)
    with pytest.raises(StillBusyError):
        await thread.call(work)
    go.set()
    assert await first == "whatsapp"


async def test_apprise_posts_to_its_addresses_and_not_twice():
    async with a_web_server() as server:
        port = server.url.rpartition(":")[2]
        channel = apprise(f"json://127.0.0.1:{port}/one", f"json://127.0.0.1:{port}/two")
        server.answers += [(200, {}), (500, {})]
        failed = await channel.send(TEXT)
        assert await channel.send(TEXT) == Sent()
    assert [one.path for one in server.posted] == ["/one", "/two", "/two"]
    body = server.posted[0].json
    assert (body["title"], body["message"]) == (TEXT.headline, TEXT.body)
    assert failed.may_have_arrived
    assert "address 2 (JSON)" in failed.why


def test_an_address_that_apprise_does_not_know_is_refused_without_showing_it():
    with pytest.raises(ConfigError) as refused:
        apprise("json://127.0.0.1:1", "nosuch://canarycanary@host")
    assert "address 2" in refused.value.faults[0]
    assert "canary" not in str(refused.value)


async def test_no_library_writes_a_secret_whatever_is_logged(caplog):
    for name in ("twilio", "apprise", "urllib3", "requests"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    caplog.set_level(logging.DEBUG)
    async with a_web_server() as server:
        server.answers += [(401, {"code": 20003}), (404, {}), (500, {})]
        port = server.url.rpartition(":")[2]
        await whatsapp(server.url).send(TEXT)
        logging.getLogger("httpx").setLevel(logging.WARNING)  # as bot/logs.py has it
        channel = discord(server.url)
        await channel.send(TEXT)
        await channel.close()
        await apprise(f"json://me:apprisecanary@127.0.0.1:{port}/x").send(TEXT)
    for canary in (TOKEN, WEBHOOK_TOKEN, "apprisecanary"):
        assert canary not in caplog.text
    talking = {record.name.partition(".")[0] for record in caplog.records}
    assert not talking & {"apprise", "twilio"}
