"""docs/reading.md names every key that scripts get, and every read of the chat."""

import re
from pathlib import Path

import pytest
from msgspec.structs import fields

from bot.chat.commands import COMMANDS
from engine.core.chat.story import Story, StoryLine
from engine.core.values.day_report import CopyRow, DayProfit, DayReport, FollowerDay
from engine.core.values.position_views import AccountPositions, PositionView
from engine.core.values.views import AccountView, StatusView

PAGE = (Path(__file__).parents[2] / "docs" / "reading.md").read_text()
ANSWERS = {
    "positions": (AccountPositions, PositionView),
    "status": (StatusView, AccountView),
    "why": (Story, StoryLine),
    "report": (DayReport, FollowerDay, CopyRow, DayProfit),
}


@pytest.mark.parametrize("command", ANSWERS)
def test_the_keys_of_an_answer_are_those_of_its_table(command):
    section = PAGE.split(f"`copytrader {command} ")[-1].split("\n`copytrader ")[0]
    rows = re.findall(r"^\| (`[^|]*`) \|", section, flags=re.MULTILINE)
    documented = [key for row in rows for key in re.findall(r"`(\w+)`", row)]
    given = {field.name for view in ANSWERS[command] for field in fields(view)}
    assert sorted(documented) == sorted(given)


def test_every_command_that_looks_is_on_the_page():
    reads = {command.name for command in COMMANDS if command.group == "See"}
    assert {f"/{name}" for name in reads} <= set(re.findall(r"`(/\w+)", PAGE))
