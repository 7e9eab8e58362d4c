"""`copytrader status` and `positions`: from the running instance, or from the store."""

import json
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from msgspec.structs import replace

from bot.cli import running
from bot.instance import instance_lock
from engine.core.values.market import MASTER, AccountName, Product, Venue
from engine.core.values.position_views import AccountPositions, PositionView
from tests.bot_cli.cli_builders import (
    NOW,
    FakeInstance,
    a_status,
    an_account,
    command,
    status_answer,
)


def some_positions():
    row = PositionView(
        exchange="NFO",
        symbol="NIFTY26NOVFUT",
        product=Product.NRML,
        net=-75,
        copied=-75,
        average_price=None,
        last_price=None,
        pnl=None,
    )
    return (
        AccountPositions(account=MASTER, venue=Venue.LIVE, read_at=NOW, rows=(row,)),
        AccountPositions(account=AccountName("asha"), venue=Venue.LIVE, read_at=None, rows=()),
    )


def test_status_shows_the_running_instance(env, tmp_path):
    with FakeInstance(tmp_path, status=status_answer(problems=("the book is old",))):
        shown = command(tmp_path, "status")
        told = command(tmp_path, "status", "--json")
    assert shown.status == 0
    assert shown.err == ""
    assert "LIVE · copying since 23 Nov 10:00:00" in shown.out
    assert "resting entries 2" in shown.out
    assert "! the book is old" in shown.out
    sessions = {line.split()[0]: line for line in shown.out.splitlines() if "AB1234" in line}
    assert "  ok  " in sessions["master"]
    assert "log in!" in sessions["asha"], "login alone reads as logged in"
    assert json.loads(told.out)["running"] is True
    assert json.loads(told.out)["status"]["venue"] == "live"


def test_status_names_what_is_unresolved_and_counts_the_open_questions(env, tmp_path):
    waits = an_account("asha", unresolved=1, unresolved_names=("BUY 10 SBIN",))
    shown_status = status_answer(accounts=(an_account(MASTER), waits), open_offers=2)
    with FakeInstance(tmp_path, status=shown_status):
        shown = command(tmp_path, "status")
    assert "! asha: whether BUY 10 SBIN exists is not known - look in Kite" in shown.out
    assert "! 2 open questions - press a button in the chat" in shown.out


def test_status_of_a_stuck_instance_is_a_failure_not_an_absence(env, tmp_path):
    (tmp_path / "var").mkdir(mode=0o700)
    with instance_lock(tmp_path / "var"):
        shown = command(tmp_path, "status")
    assert shown.status == 1
    assert "stuck" in shown.err


class FakeStore:
    def status(self):
        return a_status(
            venue=Venue.PAPER, accounts=(an_account(MASTER), an_account("asha", user_id="CD5678"))
        )

    def as_of(self):
        return NOW - timedelta(hours=19)

    def positions(self):
        return some_positions()


def test_while_nothing_runs_the_store_is_read(env, tmp_path, monkeypatch):
    monkeypatch.setattr("bot.cli.status.offline_reads", lambda _folder: FakeStore())
    monkeypatch.setattr("bot.cli.positions.offline_reads", lambda _folder: FakeStore())
    shown = command(tmp_path, "status")
    assert shown.status == 1
    assert "nothing runs here" in shown.err
    assert "as the store last knew it, 22 Nov 15:00 (19 h ago):" in shown.out
    assert "PAPER" in shown.out
    told = json.loads(command(tmp_path, "status", "--json").out)
    assert (told["running"], told["as_of"]) == (False, "2026-11-22T15:00:00+05:30")
    shown = command(tmp_path, "positions", "MASTER", "--brief")
    assert shown.status == 0
    assert "nothing runs here - positions as the store last knew them, 10:00:00" in shown.err
    assert shown.out.splitlines()[1].split() == ["master", "LIVE", "1", "?", "10:00:00"]
    shown = command(tmp_path, "positions", "cd5678", "--brief")
    assert shown.out.splitlines()[1].split() == ["asha", "LIVE", "?", "?", "never"]


def test_positions_of_yesterday_say_so(env, tmp_path, monkeypatch):
    (master, asha) = some_positions()
    old = replace(master, read_at=NOW - timedelta(hours=19))

    class Yesterday(FakeStore):
        def positions(self):
            return (old, asha)

    monkeypatch.setattr("bot.cli.positions.offline_reads", lambda _folder: Yesterday())
    shown = command(tmp_path, "positions", "--brief")
    assert shown.out.splitlines()[1].endswith("22 Nov 15:00 (19 h ago)")
    assert "last knew them, 22 Nov 15:00 (19 h ago)" in shown.err
    assert shown.err.count("\n") == 1


def test_detail_sets_the_master_beside_the_follower_and_fits_80_columns(env, tmp_path):
    (master, asha) = some_positions()
    row = replace(
        master.rows[0],
        symbol="BANKNIFTY26DEC57400CE",
        net=-123_450,
        copied=-100_020,
        average_price=Decimal("12345.65"),
        last_price=Decimal("12345.70"),
        pnl=Decimal("-12345678.90"),
    )
    asha = replace(asha, read_at=NOW, rows=(row,))
    answer = {"positions": msgspec.to_builtins((master, asha))}
    with FakeInstance(tmp_path, positions=answer):
        shown = command(tmp_path, "positions", "asha", "--detail").out.splitlines()
    block = shown.index("NFO:BANKNIFTY26DEC57400CE NRML")
    assert shown[block + 1].split() == ["account", "net", "copied", "average", "last", "P&L"]
    assert shown[block + 2].split() == ["master", "0", "-", "-", "-", "-"]
    assert shown[block + 3].split() == [
        "asha", "-1,23,450", "-1,00,020", "12,345.65", "12,345.70", "-₹1,23,45,678.90",
    ]  # fmt: skip
    ends = {len(line) for line in shown[block + 1 : block + 4]}
    assert len(ends) == 1, "numbers end in one column"
    assert max(map(len, shown)) <= 80
    assert not [line for line in shown if line.startswith("master: day P&L")], "asha was asked for"


def test_positions_of_an_unknown_account_name_the_known_ones(env, tmp_path):
    answer = {"positions": msgspec.to_builtins(some_positions())}
    with FakeInstance(tmp_path, positions=answer, status=status_answer()):
        shown = command(tmp_path, "positions", "ravi")
        near = command(tmp_path, "positions", "ahsa")
        detail = command(tmp_path, "positions", "--detail")
        told = command(tmp_path, "positions", "asha", "--json")
    assert shown.status == 1
    assert shown.err == "copytrader: no account 'ravi' - known: master, asha\n"
    assert "no account 'ahsa' - did you mean asha? - known" in near.err
    assert "did you mean" not in shown.err
    assert "NFO:NIFTY26NOVFUT" in detail.out
    assert "asha: not read yet" in detail.out
    assert "master: day P&L ?, LIVE" in detail.out, "not known is not nought"
    assert [one["account"] for one in json.loads(told.out)["positions"]] == ["asha"]


def test_positions_end_with_the_day_of_each_account(env, tmp_path):
    (one, _) = some_positions()
    rows = tuple(
        replace(one.rows[0], symbol=symbol, pnl=Decimal(pnl), average_price=Decimal("99.5"))
        for symbol, pnl in (("M&M", "1234.5"), ("SBIN", "-34.5"))
    )
    answer = {"positions": msgspec.to_builtins((replace(one, rows=rows),))}
    with FakeInstance(tmp_path, positions=answer):
        usual = command(tmp_path, "positions").out
        detail = command(tmp_path, "positions", "--detail").out
        brief = command(tmp_path, "positions", "--brief").out
        both = command_that_exits(tmp_path, "positions", "--brief", "--detail")
    assert usual.splitlines()[-1] == "master: day P&L ₹1,200.00, LIVE, read 10:00:00"
    assert "average" not in usual
    assert usual.splitlines()[1].split()[3:5] == ["-75", "-"], "nothing is copied to the master"
    assert "99.50" in detail
    assert brief.splitlines()[1].split() == ["master", "LIVE", "2", "₹1,200.00", "10:00:00"]
    assert both == 2


def command_that_exits(folder, *argv) -> int:
    with pytest.raises(SystemExit) as ended:
        command(folder, *argv)
    return ended.value.code


def test_an_answer_in_another_form_asks_for_a_restart(env, tmp_path):
    with FakeInstance(tmp_path, status={"status": {"venue": "moon"}}):
        shown = command(tmp_path, "status")
    assert shown.status == 1
    assert shown.err.count("\n") == 1
    assert "restart it" in shown.err


def test_a_store_that_cannot_be_read_is_told(env, tmp_path, monkeypatch):
    (tmp_path / "var").mkdir(mode=0o700)

    class Broken:
        @staticmethod
        def offline_reads(_folder):
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(running.importlib, "import_module", lambda _name: Broken)
    shown = command(tmp_path, "positions")
    assert shown.status == 1
    assert "the store cannot be read: Permission denied" in shown.err
