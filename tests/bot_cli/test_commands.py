"""Each command against a running instance, a store, or neither."""

import argparse
import json
import sqlite3
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO, TextIOWrapper
from types import SimpleNamespace

import msgspec
import pyotp
import pytest

from bot.cli import running
from bot.cli.check_tables import freeze_table
from bot.cli.entry import execute
from bot.cli.login import read_pasted
from bot.cli.parser import build_parser
from bot.cli.run import run_app_here
from bot.control_socket import ControlError
from bot.instance import instance_lock
from bot.redaction import HIDDEN
from engine.core.market import MASTER, AccountName, Product, Venue
from engine.core.views import AccountPositions, CheckLevel, PositionView
from engine.errors import CopyTraderError, StoreDamaged
from storage.journal import STORE_NAME, Journal
from storage.vault import Vault
from tests.bot_cli.cli_builders import (
    NOW,
    TOTP_SECRET,
    VALID,
    a_status,
    an_account,
    command,
    invocation,
    listening,
    write_env,
)


@pytest.fixture
def env(tmp_path):
    return write_env(
        tmp_path, SECURITY__TOTP_SECRET=TOTP_SECRET, SECURITY__ALLOW_PLAIN_SECRETS="true"
    )


class FakeInstance:
    """What a running instance answers, and what it was asked."""

    def __init__(self, path, **answers):
        self.asked = []
        self._path = path
        self._answers = answers

    def __enter__(self):
        handlers = {verb: self._handler(verb) for verb in self._answers}
        self._serving = listening(self._path / "var" / "control.sock", handlers)
        self._serving.__enter__()
        return self

    def __exit__(self, *how):
        self._serving.__exit__(*how)

    def _handler(self, verb):
        async def handle(args):
            self.asked.append((verb, args))
            answer = self._answers[verb]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return handle


def status_answer(**changed):
    return {"status": msgspec.to_builtins(a_status(**changed))}


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


def test_login_asks_for_each_account_without_a_session(env, tmp_path):
    url = {"url": "https://kite.zerodha.com/connect/login?v=3"}
    with FakeInstance(
        tmp_path, status=status_answer(), login_url=url, login={"text": "asha: ok"}
    ) as one:
        shown = command(tmp_path, "login", typed="https://x/?status=success&request_token=tok1\n")
    assert shown.status == 0
    assert url["url"] in shown.out
    assert shown.out.endswith("asha: ok\n")
    assert "tok1" not in shown.out + shown.err
    assert one.asked[-1] == ("login", {"account": "asha", "request_token": "tok1"})
    assert len(one.asked[1][1]["state"]) == 32


def test_a_refused_login_is_told_and_counts_as_a_failure(env, tmp_path):
    refused = CopyTraderError("the token is another client's - log in as CD5678")
    with FakeInstance(tmp_path, login_url={"url": "u"}, login=refused):
        shown = command(tmp_path, "login", "Asha", typed="tok1\n")
        foreign = command(tmp_path, "login", "asha", typed="?request_token=t&state=other\n")
        ended = command(tmp_path, "login", "asha")
    assert (shown.status, foreign.status, ended.status) == (1, 1, 1)
    assert "asha: the token is another client's" in shown.err
    assert "another link" in foreign.err
    assert "no input" in ended.err


@pytest.mark.parametrize(
    "text",
    [
        "https://127.0.0.1/?action=login&status=success&request_token=abc123&state=s1",
        "?request_token=abc123&status=success&state=s1",
        "request_token=abc123&state=s1",
        "request_token=abc 123 &state=s1",
    ],
)
def test_the_request_token_is_found_in_whatever_was_pasted(text):
    pasted = read_pasted(text)
    assert pasted.request_token.reveal() == "abc123"
    assert pasted.state == "s1"
    assert read_pasted(" abc123 ").request_token.reveal() == "abc123"


@pytest.mark.parametrize(
    "text",
    [
        "https://kite.zerodha.com/connect/login?v=3&api_key=k",
        "https://x/?status=error&request_token=abc",
        "https://x/",
        "",
    ],
)
def test_what_holds_no_request_token_is_refused(text):
    with pytest.raises(ControlError):
        read_pasted(text)


def test_kill_sets_the_switch_and_waits_for_the_ack(env, tmp_path):
    with FakeInstance(tmp_path, kill={}) as one:
        shown = command(tmp_path, "kill")
    assert shown.status == 0
    assert "acknowledged" in shown.out
    assert one.asked == [("kill", {"active": True})]
    assert (tmp_path / "var" / "kill").exists()


def test_kill_without_an_ack_fails_but_the_switch_is_set(env, tmp_path):
    (tmp_path / "var").mkdir(mode=0o700)
    with instance_lock(tmp_path / "var"):
        shown = command(tmp_path, "kill")
    assert shown.status == 1
    assert "the switch is set, but was not acknowledged" in shown.err
    assert (tmp_path / "var" / "kill").exists()


def test_release_gives_the_code_itself_to_the_instance_to_judge(env, tmp_path):
    command(tmp_path, "kill")
    code = pyotp.TOTP(TOTP_SECRET).at(NOW)
    with FakeInstance(tmp_path, kill={}) as one:
        shown = command(tmp_path, "kill", "--release", typed=f"{code[:3]} {code[3:]}\n")
    assert shown.status == 0, shown.err
    assert one.asked == [("kill", {"active": False, "code": code})]
    assert not (tmp_path / "var" / "kill").exists()


@pytest.mark.parametrize("typed", ["000000\n", "\u0660" * 6, "abc\n", "\n", ""])
def test_a_wrong_code_leaves_the_switch_set(env, tmp_path, typed):
    command(tmp_path, "kill")
    shown = command(tmp_path, "kill", "--release", typed=typed)
    assert shown.status == 1
    assert ("wrong code" if typed else "no input") in shown.err
    assert (tmp_path / "var" / "kill").exists()


def test_a_code_the_instance_has_seen_before_leaves_the_switch_set(env, tmp_path):
    command(tmp_path, "kill")
    used = CopyTraderError("that code was used before - wait for the next one")
    with FakeInstance(tmp_path, kill=used):
        code = pyotp.TOTP(TOTP_SECRET).at(NOW)
        shown = command(tmp_path, "kill", "--release", typed=f"{code}\n")
    assert shown.status == 1
    assert "used before" in shown.err
    assert (tmp_path / "var" / "kill").exists()


def test_a_code_releases_once_also_while_nothing_runs(env, tmp_path):
    code = pyotp.TOTP(TOTP_SECRET).at(NOW)
    command(tmp_path, "kill")
    assert command(tmp_path, "kill", "--release", typed=f"{code}\n").status == 0
    command(tmp_path, "kill")
    for again in (code, pyotp.TOTP(TOTP_SECRET).at(NOW.timestamp() - 30)):
        shown = command(tmp_path, "kill", "--release", typed=f"{again}\n")
        assert shown.status == 1
        assert "used already" in shown.err
        assert (tmp_path / "var" / "kill").exists()
    assert (tmp_path / "var" / "totp.used").stat().st_mode & 0o777 == 0o600
    later = pyotp.TOTP(TOTP_SECRET).at(NOW.timestamp() + 30)
    assert command(tmp_path, "kill", "--release", typed=f"{later}\n").status == 0


def test_no_release_where_it_cannot_be_told_which_codes_were_used(env, tmp_path):
    command(tmp_path, "kill")
    (tmp_path / "var" / "totp.used").write_text("scribble")
    code = pyotp.TOTP(TOTP_SECRET).at(NOW)
    shown = command(tmp_path, "kill", "--release", typed=f"{code}\n")
    assert shown.status == 1
    assert "totp.used is damaged - remove it" in shown.err
    assert (tmp_path / "var" / "kill").exists()


def test_release_needs_no_code_where_none_is_required(tmp_path):
    write_env(tmp_path, SECURITY__REQUIRE_TOTP="false")
    command(tmp_path, "kill")
    assert command(tmp_path, "kill", "--release").status == 0


def test_unlock_asks_the_instance(env, tmp_path):
    with FakeInstance(tmp_path, unlock={}) as one:
        assert command(tmp_path, "unlock").status == 0
    assert one.asked == [("unlock", {})]


def test_encrypt_refuses_nothing_and_more_than_one_line(env, tmp_path):
    for typed, says in (("", "no secret"), ("\n", "no secret"), ("a\nb\n", "one secret at a time")):
        shown = command(tmp_path, "encrypt", typed=typed)
        assert shown.status == 1
        assert says in shown.err


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
    assert has("FAIL", "key:", "chmod 600")
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


def test_an_unexpected_error_is_one_redacted_line(env, tmp_path, monkeypatch):
    def broken(_places, _verb):
        raise RuntimeError("two\nlines with api_secret=canary")

    monkeypatch.setattr("bot.cli.status.ask", broken)
    shown = command(tmp_path, "status")
    assert shown.status == 1
    assert shown.err.count("\n") == 1
    assert HIDDEN in shown.err
    assert "canary" not in shown.err


def run_with(tmp_path, app):
    given = invocation(tmp_path)
    status = run_app_here(None, given, lambda: app)
    return int(status), given.terminal.err.getvalue()


def test_run_hands_over_what_the_app_needs_and_returns_its_status(env, tmp_path):
    seen = {}

    async def app(settings, vault, kill_switch, control_path, began):
        seen.update(
            settings=settings, sealed=vault.seal("x", "y"), kill=kill_switch, at=control_path
        )
        began(Venue.PAPER)
        Journal.open(settings.data_dir).close()
        return 0

    status, err = run_with(tmp_path, app)
    assert status == 0, err
    assert "made a new key" in err
    assert seen["settings"].followers[0].account.name == "asha"
    assert seen["sealed"].startswith("enc:")
    assert seen["kill"].path == tmp_path / "var" / "kill"
    assert seen["at"] == tmp_path / "var" / "control.sock"
    status, err = run_with(tmp_path, app)
    assert status == 0
    began, ended = err.splitlines()
    assert began.startswith("copytrader ")
    log = tmp_path / "var" / "logs" / "copytrader.log"
    assert began.endswith(
        " runs in PAPER: followers asha. Open your bot in Telegram and send /login."
        f" Log: {log}. Ctrl-C ends it."
    )
    assert ended == "copytrader: ended; orders resting at the broker stay there"


async def an_app_that_keeps_a_store(settings, *_args):
    Journal.open(settings.data_dir).close()
    return 0


def test_a_store_that_vanished_is_not_begun_anew_unless_the_key_mark_goes_too(env, tmp_path):
    assert run_with(tmp_path, an_app_that_keeps_a_store)[0] == 0
    store = tmp_path / "var" / STORE_NAME
    store.unlink()
    status, err = run_with(tmp_path, an_app_that_keeps_a_store)
    assert status == 4
    assert "journal.db is missing" in err
    assert "remove" in err
    assert "key.id too" in err
    assert not store.exists(), "nothing was begun"
    checked = command(tmp_path, "check")
    assert checked.status == 1
    assert "FAIL store:" in checked.out
    (tmp_path / "var" / "key.id").unlink()
    assert run_with(tmp_path, an_app_that_keeps_a_store)[0] == 0
    assert store.exists()


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


def test_a_fault_of_several_lines_is_told_in_one(env, tmp_path):
    async def app(*_args):
        raise StoreDamaged("journal.db is damaged (*** in database main ***\nTree 3)")

    status, err = run_with(tmp_path, app)
    assert status == 4
    assert err.endswith("damaged (*** in database main *** Tree 3)\n")


def test_run_refuses_a_damaged_store_with_status_4(env, tmp_path):
    async def app(*_args):
        raise StoreDamaged("the store is newer than this program - install the newer one")

    status, err = run_with(tmp_path, app)
    assert status == 4
    assert "newer than this program" in err


def test_run_ends_an_error_of_its_own_with_a_line_and_keeps_the_traceback_in_the_log(env, tmp_path):
    async def app(settings, *_args):
        raise RuntimeError(f"cannot use {settings.master.api_secret.reveal()}")

    status, err = run_with(tmp_path, app)
    assert status == 1
    assert "Traceback" not in err
    assert "copytrader.log" in err
    log = (tmp_path / "var" / "logs" / "copytrader.log").read_text()
    assert "Traceback" in log
    assert "canary" not in log + err


def test_run_refuses_another_key_than_the_one_that_sealed_the_sessions(env, tmp_path):
    app = an_app_that_keeps_a_store
    assert run_with(tmp_path, app)[0] == 0
    (tmp_path / "keys" / "key").unlink()
    status, err = run_with(tmp_path, app)
    assert status == 2
    assert "put the key file back" in err
    command(tmp_path, "encrypt", typed="x")
    assert not (tmp_path / "keys" / "key").exists()
    Vault.create(tmp_path / "keys" / "key")
    status, err = run_with(tmp_path, app)
    assert status == 2
    assert "another key has sealed the sessions" in err


def test_run_warns_of_settings_without_effect(env, tmp_path):
    write_env(tmp_path, EMAIL__TO="me@example.org")

    async def app(*_args):
        return 0

    assert "no effect in this version  key=EMAIL__TO" in run_with(tmp_path, app)[1]


def a_demo(folder, monkeypatch, code):
    """Put another program in the place of the demo."""
    (folder / "demo").mkdir()
    (folder / "demo" / "__init__.py").write_text("")
    (folder / "demo" / "__main__.py").write_text(code)
    spec = SimpleNamespace(origin=str(folder / "demo" / "__init__.py"))
    monkeypatch.setattr("bot.cli.demo.importlib.util.find_spec", lambda _name: spec)


def test_the_demo_gets_the_same_arguments_and_its_status_is_ours(tmp_path, monkeypatch):
    code = "import pathlib, sys; pathlib.Path('told').write_text(repr(sys.argv[1:])); sys.exit(7)"
    a_demo(tmp_path, monkeypatch, code)
    monkeypatch.chdir(tmp_path)
    assert command(tmp_path, "demo", "--headless", "--seconds", "5").status == 7
    assert (tmp_path / "told").read_text() == "['--headless', '--seconds', '5']"


def test_a_demo_that_is_not_installed_is_told_with_the_mend(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.cli.demo.importlib.util.find_spec", lambda _name: None)
    shown = command(tmp_path, "demo")
    assert shown.status == 1
    assert shown.err.count("\n") == 1
    assert "in the source folder run: make demo (or pip install '.[demo]')" in shown.err


def test_every_command_has_a_help_with_an_example():
    parser = build_parser()
    (commands,) = [
        one.choices for one in parser._actions if isinstance(one, argparse._SubParsersAction)
    ]
    assert set(commands) == {
        "run",
        "demo",
        "status",
        "positions",
        "why",
        "login",
        "kill",
        "encrypt",
        "check",
        "unlock",
        "adopt",
    }
    for name, one in commands.items():
        assert f"Example: copytrader {name}" in one.format_help()


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


def test_run_refuses_an_env_file_that_others_can_change(env, tmp_path):
    env.chmod(0o660)
    status, err = run_with(tmp_path, an_app_that_keeps_a_store)
    assert status == 2
    assert "can be changed by others - run: chmod 600" in err
    write_env(tmp_path, LOG_LEVEL="x").chmod(0o662)
    _, err = run_with(tmp_path, an_app_that_keeps_a_store)
    assert "can be changed by others" in err
    assert "LOG_LEVEL" in err, "every fault at once"


def test_run_warns_of_a_set_up_that_cannot_copy(tmp_path):
    followerless = {key: text for key, text in VALID.items() if not key.startswith("FOLLOWERS")}
    write_env(tmp_path, followerless, TELEGRAM__ADMINS="")
    status, err = run_with(tmp_path, an_app_that_keeps_a_store)
    assert status == 0
    for says in ("no follower is configured", "ADMINS is empty", "TOTP_SECRET is not set"):
        assert err.count(says) == 1
    assert says in (tmp_path / "var" / "logs" / "copytrader.log").read_text()


def test_encrypt_does_not_seal_twice(env, tmp_path):
    sealed = command(tmp_path, "encrypt", typed="secret\n").out
    shown = command(tmp_path, "encrypt", typed=sealed)
    assert shown.status == 1
    assert "sealed already" in shown.err
    assert shown.out == ""


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_encrypt_of_broken_bytes_says_so(env, tmp_path, errors):
    given = invocation(tmp_path)
    broken = TextIOWrapper(BytesIO(b"\xff\xfe\x00"), encoding="utf-8", errors=errors)
    given = replace(given, terminal=replace(given.terminal, input=broken))
    assert execute(["encrypt"], given) == 1
    assert "not UTF-8 text" in given.terminal.err.getvalue()


def test_a_prompt_without_a_terminal_leaves_its_line_to_itself(env, tmp_path):
    answers = {"login_url": {"url": "u"}, "login": {"text": "asha: ok"}}
    with FakeInstance(tmp_path, status=status_answer(), **answers):
        shown = command(tmp_path, "login", "asha")
    assert shown.status == 1
    prompt, fault = shown.err.splitlines()
    assert prompt.startswith("Then paste the address")
    assert fault.startswith("copytrader: asha: no input was given")


def test_login_takes_a_client_id_for_the_account(env, tmp_path):
    accounts = (an_account(MASTER), replace(an_account("asha"), user_id="CD5678"))
    answers = {"login_url": {"url": "u"}, "login": {"text": "asha: ok"}}
    with FakeInstance(tmp_path, status=status_answer(accounts=accounts), **answers) as one:
        assert command(tmp_path, "login", "cd5678", typed="tok1\n").status == 0
    assert one.asked[-1][1]["account"] == "asha"


def test_a_file_in_the_place_of_the_data_folder_is_told_with_the_mend(env, tmp_path):
    (tmp_path / "var").write_text("")
    status, err = run_with(tmp_path, an_app_that_keeps_a_store)
    assert status == 2
    assert "set DATA_DIR to another folder" in err
