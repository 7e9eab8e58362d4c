"""What an impatient newcomer does in the chat, and that the answer names what came of it."""

from msgspec.structs import replace

from engine.core.values.market import AccountName, Venue
from engine.core.values.position_views import SyncLeft
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.chat_views import MORNING, a_status


def _live():
    until = MORNING.replace(hour=6, day=24)
    return a_status(venue=Venue.LIVE, armed_until=until)


def _held(symbol):
    return SyncLeft(follower=AccountName("ab1234"), symbol=symbol, why="no price")


async def test_what_the_master_traded_between_the_question_and_the_confirmation_is_named():
    async with a_chat() as chat:
        chat.desk.view = _live()
        chat.desk.open_positions = replace(chat.desk.open_positions, left=(_held("RELIANCE"),))
        call = await chat.ask("/start_copy")
        both = (_held("RELIANCE"), _held("TCS"))
        chat.desk.open_positions = replace(chat.desk.open_positions, left=both)
        await chat.press(call, "Confirm start")
        told = (await chat.next("editMessageText")).text
        assert "Entered while this was asked, not copied: TCS\n" in told
        assert "To stop entries: /stop" in told
    async with a_chat() as chat:
        chat.desk.view = _live()
        await chat.press(await chat.ask("/start_copy"), "Confirm start")
        assert "while this was asked" not in (await chat.next("editMessageText")).text


async def test_the_code_typed_twice_is_told_that_it_is_live_already():
    async with a_chat() as chat:
        assert "It is asked for by /live." in (await chat.ask("123456")).text
        chat.desk.view = _live()
        assert "It is LIVE already." in (await chat.ask("123456")).text
