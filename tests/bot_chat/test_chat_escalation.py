"""A critical alert in the chat: its button, and what becomes of it when nobody presses."""

from contextlib import asynccontextmanager

from engine.core.values.events import Faulted
from engine.core.values.notices import Severity
from engine.core.values.offers import OfferKind
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.offer_desk import OfferDesk
from tests.bot_chat.test_chat_offers import made, press
from tests.core.core_offers import the_offer
from tests.core.core_world import World


@asynccontextmanager
async def alarmed(world: World):
    """A chat that has just shown a critical alert; the engine has noted when."""
    world.offer(
        Faulted(topic="engine", text="Look at it.", at=world.now, severity=Severity.CRITICAL)
    )
    desk = OfferDesk(world)
    async with a_chat(desk=desk) as chat:
        desk.bot = chat.bot
        notice = the_offer(world, OfferKind.NOTE).notice
        desk.show_notice(notice)
        shown = await chat.next("sendMessage")
        # A reply after it: its receipt has been noted by then.
        await chat.ask("/version")
        yield chat, notice, shown


async def test_a_critical_alert_has_a_button_and_without_a_press_the_chat_says_that_copying_stopped():
    world = World()
    async with alarmed(world) as (chat, notice, shown):
        assert list(shown.buttons) == ["I have seen to it"]
        assert f"alert {notice.notice_id} · " in shown.text
        assert world.state.unacknowledged == {notice.notice_id: world.now}
        world.wait(301, step=1)
        chat.desk.show_notice(world.alerts("acknowledged")[-1])
        told = await chat.next("sendMessage")
        assert told.text.splitlines()[0].startswith("LIVE 🔴 Alert ")
        assert "Copying is stopped" in told.text
        assert "/start_copy" in told.text
        assert f"{notice.notice_id}: Look at it." in told.text
        assert not world.state.copying


async def test_a_press_in_time_keeps_copying_going():
    world = World()
    async with alarmed(world) as (chat, _notice, shown):
        world.wait(200, step=5)
        await press(chat, shown, "I have seen to it")
        await made(chat, "answerCallbackQuery")
        world.wait(600, step=5)
        assert world.alerts("acknowledged") == []
        assert world.state.copying
