"""/alerts on the phone: buttons and words, and what they do to the messages that follow."""

from datetime import time

import pytest
from msgspec.structs import replace

from engine.core.values.alert_levels import AlertKind, AlertLevel, AlertPreferences, QuietHours
from engine.core.values.control import ChooseAlerts, ChooseQuietHours
from engine.core.values.notices import Severity
from tests.bot_chat.chat_server import OWNER, SECOND, a_chat
from tests.bot_chat.chat_views import a_card, a_copy, an_alert

NOW = QuietHours(begin=time(9, 0), end=time(10, 0))


def silent(call) -> bool:
    return call.fields.get("disable_notification") in ("true", "True", True)


async def test_buttons_offer_the_other_levels_and_a_press_changes_the_message_in_place():
    async with a_chat() as chat:
        call = await chat.ask("/alerts")
        assert "critical on      always" in call.text
        assert list(call.buttons) == [
            "errors silent", "warnings silent", "cards on", "reports on", "reports off",
            "info on", "info off", "Quiet 22:00-07:00",
        ]  # fmt: skip
        await chat.press(call, "info off")
        after = await chat.next()
        assert after.method == "editMessageText"
        assert after.text.startswith("PAPER · info: off.")
        assert "op 7f43" in after.text
        assert "info silent" in after.buttons
        await chat.press(after, "Quiet 22:00-07:00")
        last = await chat.next()
        assert "Quiet hours: 22:00-07:00 IST." in last.text
        assert "No quiet hours" in last.buttons


async def test_a_press_twice_and_made_up_data_do_no_harm():
    async with a_chat() as chat:
        call = await chat.ask("/alerts")
        await chat.press(call, "info off")
        await chat.press(call, "info off")
        await chat.tap("a|critical|off")
        await chat.tap("a|errors|loud")
        await chat.quiet()
        asked = ChooseAlerts(chat_id=OWNER, kind=AlertKind.INFO, level=AlertLevel.OFF)
        assert set(chat.desk.asked) == {asked}


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("/alerts quiet 22:00 07:00", QuietHours(begin=time(22, 0), end=time(7, 0))),
        ("/alerts quiet 22-7", QuietHours(begin=time(22, 0), end=time(7, 0))),
        ("/alerts quiet 22.30 to 7", QuietHours(begin=time(22, 30), end=time(7, 0))),
        ("/alerts quiet off", None),
    ],
)
async def test_quiet_hours_as_people_type_them(typed, hours):
    async with a_chat() as chat:
        await chat.ask(typed)
        assert chat.desk.asked == [ChooseQuietHours(chat_id=OWNER, hours=hours)]


@pytest.mark.parametrize(
    "typed",
    ["/alerts quiet 25:00 7:00", "/alerts quiet 7 7", "/alerts quiet", "/alerts quiet at night"],
)
async def test_what_is_no_span_of_a_day_is_asked_again(typed):
    async with a_chat() as chat:
        assert "Quiet hours are two times" in (await chat.ask(typed)).text
        assert chat.desk.asked == []


async def test_levels_may_be_typed_and_a_slip_names_the_kinds():
    async with a_chat() as chat:
        await chat.ask("/alerts error silent")
        kind = AlertKind.ERRORS
        assert chat.desk.asked == [ChooseAlerts(chat_id=OWNER, kind=kind, level=AlertLevel.SILENT)]
        assert (
            "Kinds: errors, warnings, cards, reports, info"
            in (await chat.ask("/alerts x off")).text
        )


async def test_silent_comes_without_sound_and_off_does_not_come_and_is_not_told_after_a_restart():
    async with a_chat(admins=frozenset({OWNER, SECOND})) as chat:
        off = AlertPreferences().choosing(AlertKind.INFO, AlertLevel.OFF)
        chat.desk.preferences[SECOND] = off.choosing(AlertKind.ERRORS, AlertLevel.SILENT)
        chat.bot.offer(an_alert(1, severity=Severity.INFO, text="all well"))
        assert (await chat.next_saying("all well")).fields["chat_id"] == str(OWNER)
        chat.bot.offer(an_alert(2, text="no funds"))
        calls = [await chat.next_saying("no funds"), await chat.next_saying("no funds")]
        assert {(x.fields["chat_id"], silent(x)) for x in calls} == {
            (str(OWNER), False),
            (str(SECOND), True),
        }
        await chat.quiet()
        assert (1, SECOND) in {(d.notice_id, d.chat_id) for d in chat.desk.delivered}
        told = [c for c in chat.server.calls if "all well" in c.text]
        assert len(told) == 1


async def test_in_quiet_hours_only_what_is_critical_or_asks_makes_a_sound():
    async with a_chat() as chat:
        chat.desk.preferences[OWNER] = AlertPreferences(quiet=NOW)
        chat.bot.offer(an_alert(1, text="an error"))
        assert silent(await chat.next_saying("an error"))
        chat.bot.offer(an_alert(2, severity=Severity.CRITICAL, text="the worst"))
        assert not silent(await chat.next_saying("the worst"))
        chat.bot.offer(an_alert(3, needs_human=True, text="asks you"))
        assert not silent(await chat.next_saying("asks you"))


async def test_cards_make_a_sound_only_where_that_was_chosen():
    async with a_chat() as chat:
        chat.desk.show(a_copy())
        chat.bot.offer(a_card(1))
        assert silent(await chat.next())
        chosen = AlertPreferences().choosing(AlertKind.CARDS, AlertLevel.ON)
        chat.desk.preferences[OWNER] = chosen
        chat.desk.show(replace(a_copy(), number=215, master_order_id="250000000000215"))
        chat.bot.offer(a_card(2, "250000000000215"))
        assert not silent(await chat.next())
