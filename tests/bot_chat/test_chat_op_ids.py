"""Every answer ends with an op id and the time, and /why accepts it, for a look too."""

import re
from dataclasses import replace

import pytest

from bot.chat.commands import COMMANDS, find
from bot.chat.delivery import MENU_LABELS
from bot.chat.looks import Look, Looks
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.chat_views import MORNING

_FOOT = re.compile(r"op (\S+) · \d\d:\d\d:\d\d IST$")
#: What is asked of the store, which the desk of these tests has not.
_FROM_THE_STORE = {"pnl", "latency", "report"}


@pytest.mark.parametrize(
    "command", [c for c in COMMANDS if c.name not in _FROM_THE_STORE], ids=lambda c: c.name
)
async def test_every_command_and_its_help_answer_with_mode_op_and_time(command):
    async with a_chat() as chat:
        for typed in (command.example, f"/{command.name}", f"/help {command.name}"):
            text = (await chat.ask(typed)).text
            assert text.startswith("PAPER ")
            assert _FOOT.search(text), text
        assert f"Example: {command.example}" in text.replace("&amp;", "&")


async def test_why_accepts_the_op_of_a_look():
    async with a_chat() as chat:
        op = _FOOT.search((await chat.ask("/status")).text)[1]
        text = (await chat.ask(f"/why {op}")).text
        assert (
            f"{op}: /status by Asha, answered 09:31:04 IST. The engine did nothing for it" in text
        )
        assert "nothing is known of q0000" in (await chat.ask("/why q0000")).text


async def test_what_is_no_command_is_not_kept_for_it_may_be_a_secret():
    async with a_chat() as chat:
        op = _FOOT.search((await chat.ask("my password")).text)[1]
        assert "a button or a message by Asha" in (await chat.ask(f"/why {op}")).text


async def test_each_alias_is_one_command_and_its_help_names_it():
    words = [word for c in COMMANDS for word in (c.name, *c.aliases)]
    assert len(words) == len(set(words))
    async with a_chat() as chat:
        assert "Short: /o" in (await chat.ask("/h o")).text


def test_what_has_an_op_keeps_it_and_the_oldest_are_forgotten():
    looks, look = Looks(), Look(update_id=7, asked="/x", who="Asha", at=MORNING)
    done = "PAPER · done\nop 7f3a · 09:31:04 IST"
    assert looks.footed(done, look) == done
    first = _FOOT.search(looks.footed("PAPER · x\n09:31:04 IST", look))[1]
    assert looks.find(first.upper()) is look
    for number in range(8, 1_008):
        looks.footed("PAPER · x\n09:31:04 IST", replace(look, update_id=number))
    assert looks.find(first) is None
    assert looks.find("q03ef") is not None


def test_the_keyboard_has_reads_alone_and_each_of_its_words_is_a_command():
    commands = [find(label.replace("&", "")) for row in MENU_LABELS for label in row]
    assert all(command is not None and not command.guarded for command in commands)
    assert {command.group for command in commands} <= {"See", "Set up"}
    assert {command.name for command in commands} == {
        "status", "positions", "pnl", "orders", "latency", "help",
    }  # fmt: skip
