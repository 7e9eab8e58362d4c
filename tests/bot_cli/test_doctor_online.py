"""The doctor, the clock and Telegram; and what a person at a terminal is shown."""

import os
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO

import pytest

from bot.cli.entry import execute
from bot.cli.invocation import Invocation, Terminal
from tests.bot_cli.cli_builders import (
    NOW,
    VALID,
    FixedClock,
    a_status,
    an_account,
    command,
    write_env,
)

HTTP_DATE = "Mon, 23 Nov 2026 04:30:00 GMT"  # NOW
TOKEN = VALID["TELEGRAM__BOT_TOKEN"]


@contextmanager
def bot_api(body: str, date: str = HTTP_DATE, status: int = 200):
    """Answer every request with one body, and yield (address, requested paths)."""
    paths: list[str] = []

    class OneAnswer(BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            self.send_response_only(status)
            self.send_header("Date", date)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_args):
            pass

    with HTTPServer(("127.0.0.1", 0), OneAnswer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", paths
        finally:
            server.shutdown()
            thread.join(10)


def check_online(tmp_path, *answer, **more):
    with bot_api(*answer, **more) as (url, paths):
        write_env(tmp_path, TELEGRAM__API_URL=url)
        return command(tmp_path, "check", "--online"), paths


def test_a_right_token_shows_the_bots_name(tmp_path):
    shown, paths = check_online(tmp_path, '{"ok": true, "result": {"username": "my_bot"}}')
    assert shown.status == 0, shown.out
    assert "ok   Telegram: the bot is @my_bot" in shown.out
    assert paths == [f"/bot{TOKEN}/getMe"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('{"ok": false, "description": "Unauthorized"}', "the token is refused (HTTP 401)"),
        ("<html>", "is no Bot API server"),
        ("[]", "the token is refused"),
    ],
)
def test_whatever_else_answers_is_a_failure_without_the_token(tmp_path, body, says):
    shown, _ = check_online(tmp_path, body, status=401)
    assert shown.status == 1
    assert says in shown.out
    assert TOKEN not in shown.out + shown.err


def test_an_api_key_that_kite_does_not_know_is_named_before_anybody_logs_in(tmp_path):
    with bot_api('{"message": "Invalid `api_key`."}', status=400) as (url, paths):
        write_env(tmp_path, KITE__LOGIN_URL=url, TELEGRAM__API_URL="http://127.0.0.1:9")
        shown = command(tmp_path, "check", "--online")
    for name in ("master", "asha"):
        assert f"FAIL {name}: Kite does not know this api_key." in shown.out
    assert sorted(paths) == ["/?v=3&api_key=ashakey", "/?v=3&api_key=masterkey"]


@pytest.mark.parametrize(
    ("date", "level"),
    [
        ("Mon, 23 Nov 2026 04:30:10 GMT", "warn clock: 10 s off"),
        ("Mon, 23 Nov 2026 04:32:00 GMT", "FAIL clock: 120 s off"),
    ],
)
def test_a_clock_that_differs_from_telegrams_is_told(tmp_path, date, level):
    shown, _ = check_online(tmp_path, '{"ok": true, "result": {}}', date)
    assert level in shown.out


def test_a_clock_that_was_set_back_is_a_failure(tmp_path):
    write_env(tmp_path)
    data = tmp_path / "var"
    data.mkdir(mode=0o700)
    (data / "lock").write_text("")
    future = NOW.timestamp() + 3600
    os.utime(data / "lock", (future, future))
    shown = command(tmp_path, "check")
    assert shown.status == 1
    assert "FAIL clock: files in DATA_DIR are from the future" in shown.out


def test_a_passphrase_may_come_as_a_systemd_credential(tmp_path):
    write_env(tmp_path)
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "kitecopytrader-passphrase").write_text("correct horse battery\n")
    environ = {"CREDENTIALS_DIRECTORY": str(credentials)}
    sealed = command(tmp_path, "encrypt", typed="x", environ=environ)
    assert sealed.out.startswith("enc:p1.")
    write_env(tmp_path, MASTER__API_SECRET=sealed.out.strip())
    shown = command(tmp_path, "check", environ={"PASSPHRASE": "correct horse battery"})
    assert "ok   key: a passphrase" in shown.out
    shown = command(tmp_path, "check")
    assert shown.status == 1
    assert "FAIL KEY_FILE" in shown.out


class Screen(StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def test_a_person_at_a_terminal_gets_bold_headings_and_the_text_as_it_is(tmp_path, monkeypatch):
    write_env(tmp_path)
    monkeypatch.setenv("TERM", "xterm")

    class Store:
        def status(self):
            odd = an_account("asha", user_id="[bold]AB[/bold]")
            return a_status(problems=("[bold]not markup[/bold]",), accounts=(odd,))

        def as_of(self):
            return None

    monkeypatch.setattr("bot.cli.status.offline_reads", lambda _folder: Store())
    (tmp_path / "var").mkdir(mode=0o700)
    terminal = Terminal(out=Screen(), err=StringIO(), input=StringIO())
    given = Invocation(environ={}, terminal=terminal, clock=FixedClock(), folder=tmp_path)
    assert execute(["status"], given) == 1
    shown = terminal.out.getvalue()
    assert "\x1b[1maccount" in shown
    assert "[bold]AB[/bold]" in shown
    assert "[bold]not markup[/bold]" in shown


def test_a_story_is_folded_on_a_terminal_and_left_whole_elsewhere(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = " ".join(["order seen COMPLETE in the order book"] * 4)
    for out, lines in ((Screen(), 3), (StringIO(), 1)):
        Terminal(out=out, err=StringIO(), input=StringIO()).say_folded(
            "10:00:00.000  father  ", text
        )
        shown = out.getvalue().splitlines()
        assert len(shown) == lines
        assert " ".join(" ".join(shown).split()).endswith(text)
    assert shown[0].startswith("10:00:00.000  father  order")


def test_a_secret_typed_at_a_terminal_is_not_echoed(tmp_path, monkeypatch):
    write_env(tmp_path)
    asked = []

    def typed(prompt, stream):
        asked.append(prompt)
        return "canary"

    monkeypatch.setattr("bot.cli.invocation.getpass.getpass", typed)
    terminal = Terminal(out=StringIO(), err=StringIO(), input=Screen())
    given = Invocation(environ={}, terminal=terminal, clock=FixedClock(), folder=tmp_path)
    assert execute(["encrypt"], given) == 0
    assert asked == ["Secret (not shown): "]
    assert "canary" not in terminal.out.getvalue() + terminal.err.getvalue()
