"""/paper while copies are at the broker: what is offered, and that no button acts before it has asked."""

from msgspec.structs import replace

from engine.core.values.control import DetachHoldings, GoPaper, SquareOffAll, StopCopy
from engine.core.values.market import AccountName, Venue
from engine.core.values.position_views import AccountPositions
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.chat_views import MORNING, a_position, a_status

STILL = "Still LIVE: 1 copied holding is at the broker."


def held_by(name: str, copied: int) -> AccountPositions:
    rows = (replace(a_position(), copied=copied),)
    return AccountPositions(account=AccountName(name), venue=Venue.LIVE, read_at=MORNING, rows=rows)


def refused(chat) -> None:
    """Have copies of one follower at the broker; the other holds something of his own."""
    chat.desk.view = a_status(copying=True, venue=Venue.LIVE)
    chat.desk.held = (held_by("master", 0), held_by("ab1234", 10), held_by("cd5678", 0))
    chat.desk.refusals[GoPaper] = STILL


async def test_a_refused_paper_offers_to_stop_to_square_off_and_to_detach_whoever_has_copies():
    async with a_chat() as chat:
        refused(chat)
        answer = await chat.ask("/paper")
        assert STILL in answer.text
        assert list(answer.buttons) == ["Stop entries", "Square off all…", "Detach ab1234…"]


async def test_its_buttons_stop_at_once_and_ask_before_they_do_more():
    async with a_chat() as chat:
        refused(chat)
        answer = await chat.ask("/paper")
        await chat.press(answer, "Square off all…")
        question = await chat.next("sendMessage")
        assert "Confirm panic: close all" in question.buttons
        await chat.press(answer, "Detach ab1234…")
        assert "hand back" in (await chat.next("sendMessage")).text
        assert chat.desk.requests(SquareOffAll) == chat.desk.requests(DetachHoldings) == []
        await chat.press(answer, "Stop entries")
        await chat.next("sendMessage")
        assert len(chat.desk.requests(StopCopy)) == 1


async def test_where_nothing_is_copied_any_more_it_stops_offering_that():
    async with a_chat() as chat:
        refused(chat)
        chat.desk.view = replace(chat.desk.view, copying=False)
        chat.desk.held = ()
        assert list((await chat.ask("/paper")).buttons) == ["Square off all…"]
        del chat.desk.refusals[GoPaper]
        assert not (await chat.ask("/paper")).buttons
