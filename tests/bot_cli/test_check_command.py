"""`copytrader check`: each ill of a machine, with its mend."""

import json
import sqlite3
from datetime import date

import msgspec
import pytest

from bot.cli.check_tables import exchange_days, freeze_table
from engine.core.values.market import MASTER
from engine.core.values.views import CheckLevel
from storage.journal import STORE_NAME
from tests.bot_cli.cli_builders import (
    FakeInstance,
    a_status,
    an_account,
    command,
    status_answer,
    write_env,
)


def test_the_doctor_finds_a_well_machine_well(env, tmp_path):
    shown = command(tmp_path, "check")
    assert shown.status == 0, shown.out
    assert "FAIL" not in shown.out
    told = command(tmp_path, "check", "--json")
    assert json.loads(told.out)["ok"] is True


def test_the_doctor_says_when_the_freeze_table_has_missed_a_month(env, tmp_path):
    dated = date(2026, 11, 22)
    young, old = freeze_table(dated, date(2027, 1, 6)), freeze_table(dated, date(2027, 1, 7))
    assert (young.level, young.text) == (CheckLevel.OK, "freeze quantities: table of 2026-11-22")
    assert old.level is CheckLevel.WARN
    assert "46 days old - update the program" in old.text
    assert "ok   freeze quantities: table of" in command(tmp_path, "check").out


def test_the_doctor_says_when_the_holidays_of_mcx_and_currency_are_not_known_any_more(
    env, tmp_path
):
    until = date(2026, 12, 31)
    known, unknown = exchange_days(until, until), exchange_days(until, date(2027, 1, 1))
    assert known.level is CheckLevel.OK
    assert unknown.level is CheckLevel.WARN
    assert "known until 2026-12-31 - update the program" in unknown.text
    assert "exchange days: MCX and currency holidays known until" in command(tmp_path, "check").out


def test_the_doctor_names_each_ill_with_its_mend(env, tmp_path):
    data = tmp_path / "var"
    data.mkdir(mode=0o755)
    (data / "kill").write_text("")
    store = sqlite3.connect(data / "store.db")
    store.execute("CREATE TABLE t (x TEXT)")
    store.executemany("INSERT INTO t VALUES (?)", [("x" * 100,)] * 1000)
    store.commit()
    store.close()
    with (data / "store.db").open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096)
    env.chmod(0o644)
    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / "keys" / "key").write_text("kitecopytrader-key-1 AAAA")
    shown = command(tmp_path, "check")
    assert shown.status == 1
    lines = shown.out.splitlines()

    def has(level, *parts):
        return any(line.startswith(level) and all(p in line for p in parts) for line in lines)

    assert has("warn", ".env can be read by others", "chmod 600")
    assert has("warn", "can be looked into by others", "chmod 700")
    assert has("warn", "kill switch is set", "--release")
    assert has("FAIL", "KEY_FILE:", "chmod 600")
    assert has("FAIL", "store: store.db", "backup")


def test_the_doctor_asks_the_running_instance_for_sessions(env, tmp_path):
    with FakeInstance(tmp_path, status=status_answer()):
        shown = command(tmp_path, "check")
    assert "ok   session of master" in shown.out
    assert "warn session of asha: none - run: copytrader login asha" in shown.out


def test_the_doctor_names_segments_that_the_broker_has_not_enabled(env, tmp_path):
    account = an_account("asha", segments_lacking=("NFO", "MCX"))
    status = msgspec.to_builtins(a_status(accounts=(an_account(MASTER), account)))
    with FakeInstance(tmp_path, status={"status": status}):
        told = command(tmp_path, "check")
    assert (
        "warn segments of asha: NFO, MCX not enabled at the broker - enable in Kite and run: "
        "copytrader login asha; or leave out of FOLLOWERS__ASHA__SEGMENTS"
    ) in told.out.splitlines()


def test_the_doctor_lists_every_fault_of_the_settings(tmp_path):
    write_env(tmp_path, LOG_LEVEL="x", TELEGRAM__ADMIN="1")
    shown = command(tmp_path, "check")
    assert shown.status == 1
    assert shown.out.count("FAIL") == 2


def test_the_doctor_asks_telegram_only_when_told_and_hides_the_token(env, tmp_path):
    write_env(tmp_path, TELEGRAM__API_URL="http://127.0.0.1:9")  # the discard port: nobody listens
    assert command(tmp_path, "check").status == 0
    shown = command(tmp_path, "check", "--online")
    assert shown.status == 1
    assert "FAIL Telegram: 127.0.0.1 does not answer (ConnectError)" in shown.out
    assert "canary" not in shown.out + shown.err


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda store: store.write_text("hello"), "is not a database"),
        (lambda store: store.write_text(""), "is empty"),
        (lambda store: store.mkdir(), "is not a file"),
        (lambda store: store.symlink_to("nowhere"), "is not a file"),
    ],
    ids=["text", "empty", "folder", "broken link"],
)
def test_the_doctor_does_not_take_a_spoilt_store_for_none(env, tmp_path, spoil, says):
    (tmp_path / "var").mkdir(mode=0o700)
    spoil(tmp_path / "var" / STORE_NAME)
    checked = command(tmp_path, "check")
    assert checked.status == 1
    assert f"FAIL store: journal.db {says}" in checked.out
    assert "none yet" not in checked.out.replace("key: none yet", "")
