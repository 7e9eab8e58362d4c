"""The program as a script sees it: its exit status, one-line errors; a real process where that is the subject."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.instance import instance_lock
from tests.bot_cli.cli_builders import VALID, command, write_env

ROOT = Path(__file__).parents[2]
# Each command answers within a second; the bound is for a busy machine.
TIMEOUT_S = 60


def copytrader(folder, *argv, typed="", **environ):
    clean = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT)}  # noqa: TID251 - a child's
    return subprocess.run(
        [sys.executable, "-m", "bot", *argv],
        cwd=folder,
        env={**clean, **environ},
        input=typed,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def test_every_fault_of_the_settings_comes_at_once_with_status_2(tmp_path):
    write_env(tmp_path, LOG_LEVEL="LOUD", TELEGRAM__ADMIN="42", FOLLOWERS__ASHA__MULTIPLIER="0")
    ended = copytrader(tmp_path, "run")
    assert ended.returncode == 2
    lines = ended.stderr.splitlines()
    assert len(lines) == 3
    assert {line.split(": ")[1] for line in lines} == {
        "LOG_LEVEL",
        "TELEGRAM__ADMIN",
        "FOLLOWERS__ASHA__MULTIPLIER",
    }
    assert ended.stdout == ""


def test_the_real_environment_wins_over_the_file(tmp_path):
    write_env(tmp_path, LOG_LEVEL="LOUD")
    ended = copytrader(tmp_path, "check", LOG_LEVEL="INFO")
    assert ended.returncode == 0, ended.stdout
    ended = copytrader(tmp_path, "check", LOG_LEVEL="INFO", TELEGRAM__ADMIN="1")
    assert ended.returncode == 1
    assert "TELEGRAM__ADMIN: unknown key" in ended.stdout


def test_a_second_instance_ends_with_status_3(tmp_path):
    env = write_env(tmp_path)
    (tmp_path / "var").mkdir(mode=0o700)
    with instance_lock(tmp_path / "var"):
        ended = copytrader(tmp_path, "run", "--env-file", str(env))
    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert f"process {os.getpid()}" in ended.stderr


def test_a_sealed_secret_loads_again_and_the_plain_one_is_nowhere(tmp_path):
    write_env(tmp_path)
    sealed = command(tmp_path, "encrypt", typed="bot-secret-canary\n")
    assert sealed.status == 0
    assert "made a new key" in sealed.err
    value = sealed.out.strip()
    assert value.startswith("enc:")
    assert "canary" not in sealed.out + sealed.err
    write_env(tmp_path, MASTER__API_SECRET=value)
    again = command(tmp_path, "encrypt", typed="another")
    assert again.status == 0
    assert "made a new key" not in again.err
    checked = command(tmp_path, "check")
    assert checked.status == 0, checked.out
    plain = (
        "1 encrypted, 2 plain: TELEGRAM__BOT_TOKEN, FOLLOWERS__ASHA__API_SECRET, LIVE is refused"
    )
    assert plain in checked.out
    assert "run for each: copytrader encrypt KEY" in checked.out


def test_a_lost_key_is_never_replaced_by_a_new_one(tmp_path):
    write_env(tmp_path)
    value = command(tmp_path, "encrypt", typed="x").out.strip()
    (tmp_path / "keys" / "key").unlink()
    write_env(tmp_path, MASTER__API_SECRET=value, FOLLOWERS__ASHA__API_SECRET=value)
    for argv, status in ((("encrypt",), 1), (("run",), 2)):
        ended = command(tmp_path, *argv, typed="y")
        assert ended.status == status
        assert ended.err.count("\n") == 1
        assert "put the key file back" in ended.err
        assert not (tmp_path / "keys" / "key").exists()
    checked = command(tmp_path, "check").out
    assert checked.count("FAIL") == 1, "one fault is one line"
    assert "or be the user who ran copytrader setup" in " ".join(checked.split())


def test_a_passphrase_from_the_environment_seals_and_opens(tmp_path):
    write_env(tmp_path)
    secret = {"PASSPHRASE": "correct horse battery"}
    value = command(tmp_path, "encrypt", typed="x", environ=secret).out.strip()
    write_env(tmp_path, MASTER__API_SECRET=value)
    assert not (tmp_path / "keys").exists()
    assert command(tmp_path, "check", environ=secret).status == 0
    ended = command(tmp_path, "encrypt", typed="y", environ={"PASSPHRASE": "another horse battery"})
    assert ended.status == 1
    assert "wrong passphrase" in ended.err


@pytest.mark.parametrize(
    "argv",
    [
        ("status",),
        ("positions",),
        ("login",),
        ("login", "asha"),
        ("unlock",),
        ("encrypt",),
        ("check",),
        ("kill", "--release"),
    ],
)
def test_without_anything_each_command_says_so_in_lines_and_never_in_a_traceback(
    tmp_path, argv, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    ended = command(tmp_path, *argv)
    assert ended.status == 1
    assert "Traceback" not in ended.err
    assert " - " in ended.err + ended.out
    if argv[0] not in {"check", "kill"}:
        assert ended.err.count("\n") == 1


def test_kill_works_before_any_setting_is_right(tmp_path):
    ended = copytrader(tmp_path, "kill")
    assert ended.returncode == 0
    assert "holds for the next start" in ended.stdout
    assert (tmp_path / "var" / "kill").exists()
    assert "KILL SWITCH SET" in copytrader(tmp_path, "status").stdout


def test_a_broken_env_file_names_the_line_and_not_its_text(tmp_path):
    before = len(write_env(tmp_path).read_text().splitlines())
    with (tmp_path / ".env").open("a") as file:
        file.write("\n\nthis is canary\nLOG_LEVEL=INFO\nLOG_LEVEL=DEBUG\n'open\n")
    ended = copytrader(tmp_path, "run")
    assert ended.returncode == 2
    assert f".env line {before + 3}: is not KEY=value" in ended.stderr
    assert f"LOG_LEVEL: given twice, on lines {before + 4} and {before + 5}" in ended.stderr
    assert "canary" not in ended.stderr


def test_a_dollar_in_a_secret_is_a_dollar(tmp_path):
    write_env(tmp_path, MASTER__API_SECRET="a${HOME}b$$c")
    code = (
        "from pathlib import Path; from bot.cli.env_file import read_env_file;"
        "print(read_env_file(None, Path.cwd(), {}).values['MASTER__API_SECRET'])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    )
    assert told.stdout.strip() == "a${HOME}b$$c"


def test_a_wrong_argument_is_one_line_that_points_to_the_help(tmp_path):
    for argv in (("dance",), ("status", "--loud"), ()):
        ended = copytrader(tmp_path, *argv)
        assert ended.returncode == 2
        assert ended.stderr.count("\n") == 1
        assert "--help" in ended.stderr


def test_version_and_help_need_no_settings(tmp_path):
    assert copytrader(tmp_path, "--version").stdout.startswith("copytrader ")
    told = copytrader(tmp_path, "--help").stdout
    for each in ("run", "demo", "status", "positions", "login", "kill", "encrypt", "check"):
        assert each in told


def test_a_reader_that_goes_away_is_no_traceback(tmp_path):
    write_env(tmp_path)
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        ended = subprocess.run(
            [sys.executable, "-m", "bot", "check"],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
            stdout=gone,
            stderr=subprocess.PIPE,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr == ""


def test_no_secret_of_the_environment_reaches_the_demo(tmp_path):
    from bot.cli.demo import _clean

    environ = {**VALID, "PASSPHRASE": "x", "PATH": "/bin", "PYTHONPATH": "/old"}
    assert _clean(environ, tmp_path) == {"PATH": "/bin", "PYTHONPATH": f"{tmp_path}:/old"}
