"""``copytrader adopt``: lists, asks for the code, and takes over; with and without an instance."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import msgspec
import pyotp
import pytest

from bot.instance import instance_lock
from engine.core.decide import decide
from engine.core.values.events import Faulted
from engine.core.values.market import AccountName, OrderId, Side
from engine.core.values.strangers import FrozenBy, StrangerView
from engine.errors import CopyTraderError
from storage.journal import STORE_NAME, Journal
from storage.mark import StoreMark
from tests.bot_cli.cli_builders import NOW, TOTP_SECRET, command, listening, write_env

CODE = pyotp.TOTP(TOTP_SECRET).at(NOW)
FROZEN = "entries are frozen since 18 Nov 10:00: orders under our own tag. Run: copytrader adopt"
FOUND = StrangerView(
    account=AccountName("father"), order_id=OrderId("251118000000042"), at=NOW, exchange="NSE",
    symbol="SBIN", side=Side.BUY, quantity=10, filled=10, status="COMPLETE",
    becomes="a copy of #3",
)  # fmt: skip


class Instance:
    """Answers the two verbs and remembers what it was asked."""

    def __init__(self, frozen: str = FROZEN, found=(FOUND,), refuses: str = "") -> None:
        self.frozen, self.found, self.refuses = frozen, found, refuses
        self.adopted: list[dict[str, object]] = []

    async def strangers(self, _args):
        return {"frozen": self.frozen, "strangers": msgspec.to_builtins(self.found)}

    async def adopt(self, args):
        if self.refuses:
            raise CopyTraderError(self.refuses)
        self.adopted.append(args)
        return {"text": "Adopted: 1 order counts as copied."}

    def serve(self, folder):
        verbs = {"strangers": self.strangers, "adopt": self.adopt}
        return listening(folder / "var" / "control.sock", verbs)


def test_it_lists_every_order_and_adopts_what_was_listed_with_the_code(tmp_path, env):
    instance = Instance()
    with instance.serve(tmp_path):
        ran = command(tmp_path, "adopt", typed=f"{CODE}\n")
    assert ran.status == 0, ran.err
    assert "Entries are frozen" in ran.out
    for word in ("father", "251118000000042", "BUY", "10", "NSE:SBIN", "a copy of #3"):
        assert word in ran.out
    assert instance.adopted == [{"orders": ["251118000000042"], "code": CODE}]
    assert "Adopted: 1 order" in ran.out


def test_without_a_code_nothing_is_adopted(tmp_path, env):
    instance = Instance()
    with instance.serve(tmp_path):
        ran = command(tmp_path, "adopt", typed="yes\n")
    assert ran.status == 1
    assert "wrong code; nothing was adopted" in ran.err
    assert instance.adopted == []


@pytest.mark.parametrize(("typed", "status"), [("adopt\n", 0), ("yes\n", 1)])
def test_without_a_second_factor_a_typed_word_stands_for_it(tmp_path, typed, status):
    write_env(tmp_path, SECURITY__REQUIRE_TOTP="false")
    instance = Instance()
    with instance.serve(tmp_path):
        assert command(tmp_path, "adopt", typed=typed).status == status
    assert len(instance.adopted) == 1 - status


def test_nothing_to_adopt_asks_for_nothing(tmp_path, env):
    instance = Instance(frozen="", found=())
    with instance.serve(tmp_path):
        ran = command(tmp_path, "adopt")
    assert (ran.status, instance.adopted) == (0, [])
    assert "nothing to adopt" in ran.out


def test_what_the_instance_refuses_is_one_line_and_status_1(tmp_path, env):
    with Instance(refuses="Some still work at the broker: cancel them in Kite").serve(tmp_path):
        ran = command(tmp_path, "adopt", typed=f"{CODE}\n")
    assert ran.status == 1
    assert ran.err.strip().endswith("cancel them in Kite")


def a_life(folder, *texts: str) -> None:
    """Let a store live, and note how far it came, as a run does."""
    folder.mkdir(mode=0o700, exist_ok=True)
    journal = Journal.open(folder)
    for text in texts:
        event = Faulted(topic="engine", text=text, at=NOW)
        journal.commit([(event, decide(journal.load(), event, {}).records)])
    the_mark(folder).note(journal)
    journal.close()


def the_mark(folder) -> StoreMark:
    return StoreMark.beside(folder.parent / "keys" / "key", folder)


def of_the_past(folder) -> None:
    """Take the newest event out of the store, as a backup of before it would."""
    with closing(sqlite3.connect(folder / STORE_NAME)) as db, db:
        (newest,) = db.execute("SELECT max(seq) FROM events").fetchone()
        db.execute("DELETE FROM records WHERE event = ?", (newest,))
        db.execute("DELETE FROM notices WHERE notice_id = (SELECT max(notice_id) FROM notices)")
        db.execute("DELETE FROM mentions WHERE event = ?", (newest,))
        db.execute("DELETE FROM events WHERE seq = ?", (newest,))
        db.execute(
            "UPDATE meta SET value = (SELECT seq || ':' || lower(hex(chain)) FROM events "
            "ORDER BY seq DESC LIMIT 1) WHERE name = 'chain_head'"
        )
    db.close()


def test_a_store_of_the_past_is_taken_with_the_code_and_stays_frozen(tmp_path, env):
    folder = tmp_path / "var"
    a_life(folder, "one", "two")
    of_the_past(folder)
    ran = command(tmp_path, "adopt", typed=f"{CODE}\n")
    assert ran.status == 0, ran.err
    assert "restored from the past: it lacks 1 event" in ran.out
    assert "run copytrader adopt again" in ran.out
    journal = Journal.open(folder)
    assert journal.load().fence.frozen is FrozenBy.RESTORED
    journal.close()
    # The same code does not work a second time.
    of_the_past(folder)
    ran = command(tmp_path, "adopt", typed=f"{CODE}\n")
    assert ran.status == 1
    assert "used already; nothing was adopted" in ran.err


def test_a_wrong_code_takes_no_store(tmp_path, env):
    folder = tmp_path / "var"
    a_life(folder, "one", "two")
    of_the_past(folder)
    wrong = pyotp.TOTP(TOTP_SECRET).at(NOW + timedelta(hours=1))
    assert command(tmp_path, "adopt", typed=f"{wrong}\n").status == 1
    journal = Journal.open(folder)
    assert journal.load().fence.frozen is None
    journal.close()


def test_a_store_that_is_the_newest_has_nothing_to_adopt_without_an_instance(tmp_path, env):
    a_life(tmp_path / "var", "one")
    ran = command(tmp_path, "adopt")
    assert ran.status == 0
    assert "start copytrader run, log in" in ran.out


def test_without_a_store_it_says_what_to_do(tmp_path, env):
    ran = command(tmp_path, "adopt")
    assert ran.status == 1
    assert "there is no store" in ran.err


def test_an_instance_that_does_not_answer_is_not_gone_around(tmp_path, env):
    a_life(tmp_path / "var", "one", "two")
    of_the_past(tmp_path / "var")
    with instance_lock(tmp_path / "var"):
        ran = command(tmp_path, "adopt", typed=f"{CODE}\n")
    assert ran.status == 1
    assert "does not listen yet, or is stuck" in ran.err
