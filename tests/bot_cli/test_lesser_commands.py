"""`encrypt`, `demo`, and what every command has in common."""

import argparse
from dataclasses import replace
from io import BytesIO, TextIOWrapper
from types import SimpleNamespace

import pytest

from bot.cli.entry import execute
from bot.cli.parser import build_parser
from bot.redaction import HIDDEN
from tests.bot_cli.cli_builders import (
    command,
    invocation,
)


def test_an_unexpected_error_is_one_redacted_line(env, tmp_path, monkeypatch):
    def broken(_places, _verb):
        raise RuntimeError("two\nlines with api_secret=canary")

    monkeypatch.setattr("bot.cli.status.ask", broken)
    shown = command(tmp_path, "status")
    assert shown.status == 1
    assert shown.err.count("\n") == 1
    assert HIDDEN in shown.err
    assert "canary" not in shown.err


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
        "setup",
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
        "notify-test",
        "pair",
        "report",
        "rotate-key",
        "backup",
        "restore",
        "completion",
        "cleanup",
    }
    for name, one in commands.items():
        assert f"Example: copytrader {name}" in one.format_help()


def test_encrypt_refuses_nothing_and_more_than_one_line(env, tmp_path):
    for typed, says in (("", "no secret"), ("\n", "no secret"), ("a\nb\n", "one secret at a time")):
        shown = command(tmp_path, "encrypt", typed=typed)
        assert shown.status == 1
        assert says in shown.err


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
