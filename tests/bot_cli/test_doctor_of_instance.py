"""`check --online` beside a running instance: it asks the brokers, with the sessions and the list of the day."""

import json

import msgspec
import pytest

from bot.cli.check import machine_of
from bot.cli.configuration import Configuration
from engine.core.values.market import MASTER
from engine.core.values.views import CheckLevel, CheckLine
from engine.errors import CopyTraderError
from tests.bot_cli.cli_builders import (
    FakeInstance,
    FixedClock,
    an_account,
    command,
    invocation,
    status_answer,
    write_env,
)
from tests.bot_cli.test_doctor_online import bot_api

BOT = '{"ok": true, "result": {"username": "my_bot"}}'
WELL = CheckLine.ok("asha: session of CD5678 answers, till 06:00")
ILL = CheckLine.fail("master: Kite has ended the session, /login master")
STATUS = status_answer(accounts=(an_account(MASTER), an_account("asha")))


def doctor(folder, *argv, **answers):
    with bot_api(BOT) as (url, _):
        write_env(folder, TELEGRAM__API_URL=url)
        with FakeInstance(folder, status=STATUS, **answers) as instance:
            return command(folder, "check", *argv), instance.asked


def test_the_lines_of_the_instance_are_shown_and_decide_the_status(tmp_path):
    lines = msgspec.to_builtins((WELL, ILL))
    shown, asked = doctor(tmp_path, "--online", check={"lines": lines})
    assert shown.status == 1
    assert "ok   asha: session of CD5678 answers, till 06:00" in shown.out
    assert "FAIL master: Kite has ended the session, /login master" in shown.out
    assert "session of asha\n" not in shown.out, "the broker's own word is enough"
    assert [verb for verb, _ in asked] == ["status", "check"]


def test_without_online_no_broker_is_asked(tmp_path):
    shown, asked = doctor(tmp_path, "--json", check={"lines": []})
    assert [verb for verb, _ in asked] == ["status"]
    texts = [line["text"] for line in json.loads(shown.out)["lines"]]
    assert "session of asha" in texts


def test_a_disk_that_fails_while_it_is_looked_at_is_a_line_of_lives_list(tmp_path, monkeypatch):
    env = write_env(tmp_path)
    (tmp_path / "var").mkdir(mode=0o700)
    configuration = Configuration.read(str(env), invocation(tmp_path))
    well = machine_of(configuration, configuration.settings(), FixedClock())
    assert not [line for line in well if line.text.startswith("files of this machine")]

    def broken(_folder):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("shutil.disk_usage", broken)
    (line,) = machine_of(configuration, configuration.settings(), FixedClock())
    assert line.level is CheckLevel.FAIL
    assert "Input/output error" in line.text


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"lines": 3}, "the running instance answered in an unknown form"),
        (CopyTraderError("the store halts"), "FAIL accounts: the store halts"),
    ],
)
def test_an_instance_that_cannot_answer_is_one_line(tmp_path, answer, says):
    shown, _ = doctor(tmp_path, "--online", check=answer)
    assert shown.status == 1
    assert says in shown.out
