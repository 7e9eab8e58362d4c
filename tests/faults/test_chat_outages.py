"""Telegram down, flooded or full of strangers: no order waits for it, nothing is lost."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta

from demo.chat.faults import Fault, FaultKind
from engine.clock import SystemClock
from engine.core.decide import decide
from engine.core.values.events import Faulted
from storage.journal import Journal
from tests.e2e.conftest import until
from tests.faults.conftest import FATHER, at_work, master_trades, net, told, until_held


def is_copying(stage) -> bool:
    """Whether the store says so: the newest change of copying that is durable."""
    path = stage.plan.folder / "var" / "journal.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db, db:
        (body,) = db.execute(
            "SELECT body FROM records WHERE kind = 'CopyingSet' ORDER BY seq DESC LIMIT 1"
        ).fetchone()
    return b'"active":true' in body


def leave_an_old_alert(stage, text: str, *, ago: timedelta = timedelta(minutes=5)) -> None:
    """Put an alert in the store that an earlier process did not get rid of."""
    journal = Journal.open(stage.plan.folder / "var")
    try:
        event = Faulted(topic="engine", text=text, at=SystemClock().now() - ago)
        journal.commit([(event, decide(journal.load(), event, {}).records)])
    finally:
        journal.close()


async def test_orders_are_copied_while_telegram_is_down_and_alerts_come_late_but_come(tmp_path):
    async with at_work(tmp_path / "stage", followers=1) as stage:
        master_trades(stage, "BUY", "RELIANCE")
        await until_held(stage, FATHER, "RELIANCE", 5)
        assert await stage.stop_program() == 0
        leave_an_old_alert(stage, "The disk was nearly full.")
        await stage.chat.stop()
        mark = stage.trader.mark()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(stage.start_program())
            # What the master does while the program starts without a chat.
            master_trades(stage, "SELL", "RELIANCE")
            await until_held(stage, FATHER, "RELIANCE", 0)
            master_trades(stage, "BUY", "SBIN")
            await until_held(stage, FATHER, "SBIN", 5)
            stage.exchange.sessions.kill(stage.user_id(FATHER))
            master_trades(stage, "SELL", "SBIN")
            await until(
                lambda: any(
                    record.error_type == "TokenException"
                    for record in stage.exchange.ledger.order_writes()
                ),
                what="an exit that is refused",
            )
            assert stage.trader.mark() == mark, "nobody heard anything yet"
            await stage.chat.start()
        await told(stage, "father", "session has ended", since=mark)
        late = await told(stage, "The disk was nearly full.", since=mark)
        assert "delayed" in late.lower() or "late" in late.lower()


async def test_stop_works_although_telegram_floods_every_answer(tmp_path):
    async with at_work(tmp_path / "stage", followers=1) as stage:
        master_trades(stage, "BUY", "RELIANCE")
        await until_held(stage, FATHER, "RELIANCE", 5)
        await told(stage, "COPY #", "RELIANCE", "1 of 1")
        stage.chat.faults.add(Fault(kind=FaultKind.FLOOD, seconds=60))
        mark = stage.trader.mark()
        stage.trader.send("/stop")
        await until(lambda: not is_copying(stage), seconds=2, what="a stop that is durable")

        master_trades(stage, "BUY", "SBIN")
        master_trades(stage, "SELL", "RELIANCE")
        await until_held(stage, FATHER, "RELIANCE", 0)
        assert net(stage, FATHER, "SBIN") == 0
        assert stage.trader.mark() == mark + 1, "only his own /stop is on the screen"


async def test_a_stranger_gets_silence_and_changes_nothing(tmp_path):
    async with at_work(tmp_path / "stage", followers=1) as stage:
        stranger = stage.chat.user(666, "Stranger")
        for text in ("/start", "/stop", "/paper", "/status", "000000", "/login master"):
            stranger.send(text)
        stage.chat.inject(
            "message",
            {
                "message_id": 9000,
                "date": 1_790_000_000,
                "chat": {"id": -100200300, "type": "supergroup", "title": "Traders"},
                "from": {"id": 1001, "is_bot": False, "first_name": "Trader"},
                "text": "/stop",
            },
        )
        # Updates come in order: once the trader has his answer the stranger's were dealt with.
        stage.trader.send("/status")
        await told(stage, "LIVE", "copying")
        assert all(not message.from_bot for message in stranger.messages())
        assert is_copying(stage)
        master_trades(stage, "BUY", "SBIN")
        await until_held(stage, FATHER, "SBIN", 5)
        assert all(not message.from_bot for message in stranger.messages())
