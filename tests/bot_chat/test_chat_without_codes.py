"""Where the settings ask for no code, no text of the chat speaks of one."""

import re

from bot.chat import render_settings
from bot.chat.commands import COMMANDS
from engine.core.values.market import Venue
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.chat_views import MORNING

#: A code of the second factor; one-time codes that pair a person are another thing.
CODE = re.compile(r"(?<!one-time )\bcodes?\b|authenticator")


def test_no_command_is_explained_by_a_code_that_is_not_asked_for():
    for command in COMMANDS:
        assert not CODE.search(command.explained(asks_for_codes=False)), command.name
    asks = {c.name for c in COMMANDS if CODE.search(c.explained(asks_for_codes=True))}
    assert asks == {"live", "resume", "sync", "people", "set"}
    listed = render_settings.settable(Venue.LIVE, asks_for_codes=False, now=MORNING)
    assert not CODE.search(listed)
    assert "looser asks for a confirmation" in listed


async def test_the_chat_speaks_of_confirmations_instead():
    async with a_chat(require_totp=False, totp_secret=None) as chat:
        assert "asks for a confirmation" in (await chat.ask("/help live")).text
        assert "looser asks for a confirmation" in (await chat.ask("/set")).text
        assert "no code is needed" in (await chat.ask("123456")).text
        assert not CODE.search((await chat.ask("good morning")).text)
    async with a_chat() as chat:
        assert "6-digit code of your authenticator" in (await chat.ask("/help live")).text
        assert "looser asks for a code" in (await chat.ask("/set")).text
        assert "and codes" in (await chat.ask("good morning")).text
