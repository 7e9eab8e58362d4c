"""docs/commands.md lists every command of the terminal and the chat, as they are."""

import re

from bot.chat.commands import find
from bot.cli.invocation import ExitStatus
from tests.docs.command_lines import pages
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


#: Begin with a slash on a page and are no command of this program's chat.
OTHERS = {
    "newbot": "of @BotFather",
    "revoke": "of @BotFather",
    "callback": "a path of the login callback",
    "metrics": "a path of the metrics",
    "tmp": "a folder",
    "pair": "what somebody new sends with a code; nobody else",
}


def test_every_chat_command_that_a_page_names_is_one():
    named = {
        (word, page.name)
        for page in pages()
        for word in re.findall(r"`/([a-z_]+)(?=[ `])", page.read_text(encoding="utf-8"))
    }
    assert sorted(each for each in named if find(each[0]) is None and each[0] not in OTHERS) == []
    assert sorted(OTHERS.keys() - {word for word, _ in named}) == []
