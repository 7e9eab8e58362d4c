"""What an impatient person types: nearly right words, nothing at all, in the wrong folder, and Ctrl-C."""

import argparse
import shlex
import signal
import sys
from functools import partial
from pathlib import Path

import pexpect
import pytest

from bot.__main__ import main
from bot.cli.parser import build_parser
from tests.bot_cli.cli_builders import command, write_env

ROOT = Path(__file__).parents[2]


def the_commands() -> dict[str, argparse.ArgumentParser]:
    actions = build_parser()._actions
    return next(each.choices for each in actions if isinstance(each.choices, dict))


COMMANDS = the_commands()
#: What each needs besides its name.
NEEDED = {
    "why": ["1"],
    "pair": ["owner"],
    "backup": ["x"],
    "restore": ["x"],
    "completion": ["bash"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_with_an_example_that_it_takes(name):
    epilog = COMMANDS[name].epilog
    assert epilog.startswith("Example: "), epilog
    example = epilog.removeprefix("Example: ")
    program, *argv = shlex.split(example.partition(" < ")[0])
    assert (program, argv[0]) == ("copytrader", name)
    build_parser().parse_args(argv)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("chek", "no command 'chek' - did you mean check? - see: copytrader --help"),
        ("Positions", "no command 'Positions' - did you mean positions? - see: copytrader --help"),
        ("frobnicate", "no command 'frobnicate' - see: copytrader --help"),
        ("", "which command? For instance: copytrader status - see: copytrader --help"),
        (
            "check --onlne",
            "no option --onlne - did you mean --online? - see: copytrader check --help",
        ),
        ("check --frob=1", "no option --frob - see: copytrader check --help"),
        ("kill now", "'now' is one word too many - see: copytrader kill --help"),
        ("pair ownr", "no role 'ownr' - did you mean owner? - see: copytrader pair --help"),
        (
            "completion fish",
            "no shell 'fish' - there are: bash, zsh - see: copytrader completion --help",
        ),
        (
            "why",
            "ID is missing: a master or follower order id, its tag or card number, or an op id"
            " - see: copytrader why --help",
        ),
        (
            "completion",
            "shell is missing: bash, zsh - the shell that is to read it"
            " - see: copytrader completion --help",
        ),
    ],
)
def test_a_word_that_is_nearly_right_is_one_line_with_the_right_one(capsys, typed, says):
    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args(typed.split())
    assert ended.value.code == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", f"copytrader: {says}\n")


@pytest.mark.parametrize("name", ["status", "positions", "login", "report", "why", "check", "run"])
def test_a_folder_that_was_never_set_up_is_named_before_anything_else(tmp_path, name):
    shown = command(tmp_path, name, *NEEDED.get(name, []))
    assert shown.status != 0
    told = (shown.err or shown.out).splitlines()
    assert told[0].endswith(
        f"{tmp_path / '.env'} does not exist - make it with: copytrader setup, or go to its folder"
    )
    assert not any("missing - set it" in line for line in told)


#: They do something else first than to read the settings: ask at a terminal, read a backup, start a process.
OTHERS = {"setup", "restore", "encrypt", "demo", "completion"}


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - OTHERS))
def test_ctrl_c_ends_every_command_with_130_and_without_a_word_too_many(
    tmp_path, monkeypatch, name
):
    write_env(tmp_path)

    def interrupted(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.cli.env_file._parse", interrupted)
    shown = command(tmp_path, name, *NEEDED.get(name, []))
    assert (shown.status, shown.out) == (130, "")
    assert "Traceback" not in shown.err


def test_ctrl_c_while_the_program_is_still_being_loaded_is_130_too(monkeypatch, capsys):
    def interrupted(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.cli.entry.execute", interrupted)
    monkeypatch.setattr("os.umask", lambda _mask: 0)  # the whole process's, and other tests' too
    assert main(["status"]) == 130
    assert capsys.readouterr() == ("", "")


def test_ctrl_c_at_a_prompt_of_the_real_program(tmp_path):
    write_env(tmp_path)
    environ = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "bot", "encrypt"],
        cwd=str(tmp_path),
        env=environ,
        timeout=60,
        encoding="utf-8",
        # A test run's workers ignore Ctrl-C, and what they begin would inherit that.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    child.expect("not shown")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert "Traceback" not in child.before


def test_the_doctor_ends_with_how_much_is_to_be_mended(tmp_path):
    write_env(tmp_path, LOG_LEVEL="LOUD", TELEGRAM__ADMIN="1")
    shown = command(tmp_path, "check").out.splitlines()
    levels = [line.split(" ")[0] for line in shown[:-1]]
    ill = f"{levels.count('FAIL')} to mend, {levels.count('warn')} to think over"
    assert shown[-1] == f"{ill}, {levels.count('ok')} well"
    assert levels.count("FAIL") == 2
