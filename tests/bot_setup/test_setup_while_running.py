"""What was written while an instance runs gets in at once, and what it says of it is shown."""

from bot.control_socket import ControlError
from bot.instance import instance_lock
from bot.setup.closing import next_steps
from tests.bot_cli.cli_builders import FakeInstance
from tests.bot_setup.setup_fakes import FIRST_RUN, ScriptedAsker, play


def ended(reread, *, running=77):
    asker = ScriptedAsker(())
    next_steps(asker, running, first=False, reread=reread)
    return asker.told


def test_what_runs_reads_it_and_its_answer_is_shown_line_by_line():
    told = ended(lambda: "The settings were read again.\nasha ENABLED: true → false")
    assert told[-2:] == ["The settings were read again.", "asha ENABLED: true → false"]
    assert "process 77" in told[1]


def test_where_it_refuses_that_is_said_with_what_to_do():
    def refuses():
        raise ControlError("refused, nothing has changed: X: wrong - mend it")

    told = ended(refuses)[-1]
    assert "runs on the former settings (process 77): refused, nothing has changed: X" in told
    assert "kill -HUP 77" in told


def test_where_nothing_runs_it_is_not_asked():
    def never():
        raise AssertionError("nothing runs")

    assert any("copytrader run" in line for line in ended(never, running=None))


def test_the_wizard_asks_the_instance_after_it_has_written(tmp_path):
    play(tmp_path, FIRST_RUN)
    switch_off = (
        ("checked online", False),
        ("What now", "followers"),
        ("Which follower", "ASHA"),
        ("What about", "switch"),
        ("What now", "write"),
    )
    answer = {"text": "asha ENABLED: true → false"}
    (tmp_path / "var").mkdir(mode=0o700, exist_ok=True)
    with instance_lock(tmp_path / "var"), FakeInstance(tmp_path, reread=answer) as instance:
        played = play(tmp_path, switch_off)
    assert ("reread", {}) in instance.asked
    assert played.asker.told[-1] == "asha ENABLED: true → false"
