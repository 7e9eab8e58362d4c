"""The real process while Telegram is down: a critical alert is heard all the same, and once each."""

import sqlite3
from contextlib import closing

from bot.instance import KILL_NAME, LOGS_NAME
from bot.kill_switch import KillSwitch
from demo.stage import Plan, Stage
from tests.bot_channels.channel_servers import (
    PASSWORD,
    USER,
    a_mail_server,
    a_web_server,
    nothing_listens,
)
from tests.e2e.conftest import until

SECRETS = (
    "smtp%20canary%2Fword",
    PASSWORD,
    "webhooktokencanary",
    "twiliotokencanary",
    "apprisepasswordcanary",
)


def settings(web: str, mail_port: int) -> dict[str, str]:
    host = web.removeprefix("http://")
    return {
        "LOG_LEVEL": "DEBUG",
        "EMAIL__SMTP_URL": f"smtp://{USER.replace('@', '%40')}:{SECRETS[0]}@127.0.0.1:{mail_port}",
        "EMAIL__FROM": "bot@mail.example",
        "EMAIL__TO": "asha@mail.example",
        "DISCORD__WEBHOOK_URL": f"{web}/api/webhooks/77/webhooktokencanary",
        "WHATSAPP__TWILIO_SID": "AC77",
        "WHATSAPP__TWILIO_TOKEN": "twiliotokencanary",
        "WHATSAPP__FROM": "+14155238886",
        "WHATSAPP__TO": "+919812345678",
        "WHATSAPP__API_URL": web,
        "WHATSAPP__MIN_SEVERITY": "critical",
        "APPRISE__URLS": f"json://me:apprisepasswordcanary@{host}/apprise",
    }


def taken(stage: Stage) -> int:
    """Return how many deliveries by channels are durable."""
    path = stage.plan.folder / "var" / "journal.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db, db:
        query = "SELECT count(*) FROM records WHERE kind = 'NoticeForwarded'"
        return int(db.execute(query).fetchone()[0])


def logs_of(stage: Stage) -> str:
    files = [stage.plan.folder / "program.log", *(stage.plan.folder / "var" / LOGS_NAME).iterdir()]
    return "".join(path.read_text() for path in files)


async def test_a_critical_alert_arrives_while_telegram_is_down_and_what_did_not_after_a_crash(
    tmp_path,
):
    mail_port = await nothing_listens()
    async with a_web_server() as web:
        plan = Plan(folder=tmp_path / "stage", followers=1, settings=settings(web.url, mail_port))
        stage = Stage(plan)
        try:
            await stage.open()
            await stage.chat.stop()
            await stage.launch_program()
            await until(lambda: "runs in PAPER" in stage.tail_of_log(), what="a start")
            KillSwitch(stage.plan.folder / "var" / KILL_NAME).set()
            await until(lambda: len(web.posted) >= 3, what="three alerts")
            by_path = {one.path: one for one in web.posted}
            whatsapp = by_path["/2010-04-01/Accounts/AC77/Messages.json"].form
            discord = by_path["/api/webhooks/77/webhooktokencanary"].json
            apprise = by_path["/apprise"].json
            for said in (whatsapp["Body"], discord["content"], apprise["message"]):
                assert said.startswith("PAPER CRITICAL The kill switch is set")
            await until(lambda: taken(stage) == 3, what="receipts")

            stage.kill_program()
            await until(lambda: not stage.program_runs, what="a crash")
            async with a_mail_server(port=mail_port, auth=True) as mail:
                await stage.launch_program()
                await until(lambda: bool(mail.mails), what="the mail of the life before")
                [(receivers, message)] = mail.mails
                await until(lambda: taken(stage) == 4, what="its receipt")
                assert receivers == ["asha@mail.example"]
                assert message["Subject"].startswith("PAPER CRITICAL The kill switch is set")
                assert "(may repeat)" in message.get_content()
                await stage.chat.start()
                await stage.trader.expect("kill switch is set", timeout_s=45)
                assert len(mail.mails) == 1
            assert len(web.posted) == 3
            assert await stage.stop_program() == 0
            written = logs_of(stage)
            assert " DEBUG " in written
            assert [secret for secret in SECRETS if secret in written] == []
        finally:
            await stage.close()
