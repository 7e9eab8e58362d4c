"""docs/commands.md lists every command of the terminal and the chat, as they are."""

from bot.cli.invocation import ExitStatus
from tests.docs.commands_page import BEGIN, END, PAGE, command_parsers, lists


def test_the_page_says_what_the_program_says():
    shown = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert shown.strip() == lists(), "run: python -m tests.docs.commands_page"


def test_every_command_has_an_example_of_itself():
    for name, parser in command_parsers().items():
        assert (parser.epilog or "").startswith(f"Example: copytrader {name}")


def test_every_exit_status_is_on_the_page():
    rows = PAGE.read_text(encoding="utf-8").partition(BEGIN)[0]
    assert [status for status in ExitStatus if f"| {status.value} |" not in rows] == []
