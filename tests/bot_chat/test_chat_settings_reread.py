"""A file that was read again, on the phone: what waits has a button, which asks for a code in LIVE."""

from datetime import timedelta

import pyotp
import pytest
from msgspec.structs import replace

from engine.core.values.control import TakeSettings
from engine.core.values.offers import OfferKind
from tests.bot_chat.chat_server import TOTP_SECRET, a_chat
from tests.bot_chat.chat_views import MORNING
from tests.bot_chat.offer_desk import OfferDesk
from tests.bot_chat.test_chat_offers import made, press
from tests.core.core_offers import the_offer
from tests.core.core_world import FATHER, World, a_follower

CODE = pyotp.TOTP(TOTP_SECRET).generate_otp(int(MORNING.timestamp()) // 30)


@pytest.fixture
async def shown():
    """The chat, the engine behind it, and the alert of a multiplier that is to become 3."""
    world = World()
    world.ask(TakeSettings(rules=(a_follower(multiplier=3),), total_loss_limit=None))
    desk = OfferDesk(world)
    desk.view = replace(desk.view, armed_until=MORNING + timedelta(hours=20))
    async with a_chat(desk=desk) as chat:
        desk.bot = chat.bot
        desk.show_notice(the_offer(world, OfferKind.SETTINGS).notice)
        yield chat, world, await chat.next("sendMessage")


def multiplier(world: World) -> object:
    return world.state.rules[FATHER].multiplier


async def test_what_waits_is_old_to_new_with_a_button_that_says_confirm(shown):
    _, world, alert = shown
    assert alert.text.startswith("LIVE")
    assert "father MULTIPLIER: 1 → 3" in alert.text
    assert list(alert.buttons) == ["Confirm the changes", "Cancel"]
    assert multiplier(world) == 1


async def test_confirmed_it_asks_for_a_code_and_counts_after_it(shown):
    chat, world, alert = shown
    await press(chat, alert, "Confirm the changes")
    asked = await chat.next("sendMessage")
    assert "Confirm the changes · of the settings?" in asked.text
    assert "6-digit code" in asked.text
    assert multiplier(world) == 1
    assert "The changes count now." in (await chat.ask(CODE)).text
    assert multiplier(world) == 3


async def test_a_wrong_code_changes_nothing(shown):
    chat, world, alert = shown
    await press(chat, alert, "Confirm the changes")
    await chat.next("sendMessage")
    await chat.ask("000000")
    assert multiplier(world) == 1


async def test_cancelled_it_says_so_and_asks_for_nothing(shown):
    chat, world, alert = shown
    await press(chat, alert, "Cancel")
    (edited,) = await made(chat, "editMessageText")
    assert "Nothing is changed" in edited.text
    assert multiplier(world) == 1
    assert world.state.waiting_settings is None


@pytest.mark.parametrize(("typed", "text"), [("off", "false"), ("ON", "true"), ("false", "false")])
async def test_a_switch_is_written_as_people_do(typed, text):
    async with a_chat() as chat:
        await chat.ask(f"/set ab1234 enabled {typed}")
        (request,) = chat.desk.asked
        assert (request.key, request.text) == ("ENABLED", text)
