"""The report of a day carries the journal's digest out of the machine, where nobody can change it any more."""

import contextlib
import sqlite3

from bot.app.wiring import App
from bot.kill_switch import KillSwitch
from bot.settings.settings import load_settings
from bot.surroundings import Surroundings
from engine.clock import SystemClock
from engine.core.values.events import Faulted
from engine.core.values.market import Venue
from engine.core.values.notices import Notice, NoticeKind, Severity
from engine.core.values.routines import Reported
from storage.chain import break_of, chain_all, verify
from storage.journal import STORE_NAME, Journal
from storage.vault import Vault
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.chat_views import MORNING
from tests.bot_chat.report_builders import TODAY, ready
from tests.bot_cli.cli_builders import VALID
from tests.core.core_world import an_order
from tests.storage.kept_world import KeptWorld


def announced(about: Reported) -> Notice:
    return Notice(
        notice_id=7, at=MORNING, venue=Venue.LIVE, kind=NoticeKind.ALERT, severity=Severity.INFO,
        topic=about.topic, text="The trading day is over. What came of it: /report 2026-11-23",
    )  # fmt: skip


async def test_the_report_of_a_day_ends_with_what_the_journal_holds():
    async with a_chat() as chat:
        ready(chat)
        chat.bot.herald.history = lambda: "12345:9af3c2"
        chat.bot.offer(announced(Reported(first=TODAY, last=TODAY)))
        assert "\njournal 12345:9af3c2" in (await chat.next("sendMessage")).text


def test_a_history_rewritten_with_its_chain_passes_every_check_but_that_digest(tmp_path):
    world = KeptWorld(tmp_path)
    world.master(an_order(price="99"))
    told, seq = world.store.head().short, world.store.head().seq
    assert told.partition(":")[2] == world.store.head().link.hex()[:32]
    world.store.close()
    with contextlib.closing(sqlite3.connect(tmp_path / STORE_NAME)) as db, db:
        db.execute("UPDATE events SET at = '2026-11-18T10:00:59+05:30' WHERE seq = 1")
        assert break_of(db) != "", "whoever does not know the chain is found at once"
        db.execute("DELETE FROM meta WHERE name = 'chain_head'")
        chain_all(db)
    assert verify(tmp_path / STORE_NAME) == ""
    with contextlib.closing(Journal.open(tmp_path)) as forged:
        assert forged.head().seq == seq
        assert forged.head().short != told


async def test_the_program_tells_the_digest_of_its_own_journal(tmp_path):
    with contextlib.closing(Journal.open(tmp_path)) as journal:
        settings = load_settings({**VALID, "DATA_DIR": "."}, folder=tmp_path, open_secret=str)
        app = App(
            settings,
            Vault.create(tmp_path / "keys" / "key"),
            KillSwitch(tmp_path / "kill"),
            journal,
            clock=SystemClock(),
            around=Surroundings(machine=lambda _now: (), reread=lambda: settings),
        )
        journal.commit([(Faulted(topic="engine", text="something", at=MORNING), [])])
        assert app.chat.herald.history() == journal.head().short
        assert journal.head().seq == 1
