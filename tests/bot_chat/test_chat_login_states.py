"""Which button an address belongs to: one open at a time for an account, once, for a quarter of an hour."""

import re
from datetime import timedelta

from msgspec.structs import replace

from bot.chat.login_paste import read_deep_link, read_paste
from bot.chat.login_states import OPEN_FOR, STATE_LENGTH, digest_of
from engine.core.values.control import OfferLogin
from engine.core.values.market import Venue
from engine.core.values.views import SessionState
from engine.errors import JournalError, LoginRefused
from tests.bot_chat.chat_fakes import FakeDesk
from tests.bot_chat.chat_server import SECOND, a_chat
from tests.bot_chat.chat_views import a_status, an_account

KEY = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY"
OTHER = "Zz3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xZ"


def _landed(state: str, key: str = KEY) -> str:
    return f"https://127.0.0.1/?action=login&status=success&request_token={key}&state={state}"


def _out(desk: FakeDesk, *names: str) -> FakeDesk:
    desk.view = a_status(
        venue=Venue.LIVE,
        accounts=tuple(
            an_account(name, session=SessionState.LOGIN if name in names else SessionState.OK)
            for name in ("master", "ab1234", "cd5678")
        ),
    )
    return desk


def _state_in(call, account: str = "ab1234") -> str:
    return call.buttons[f"Log in {account}"]["url"].rpartition("state%3D")[2]


def _deleted(chat) -> list[str]:
    return [c.fields["message_id"] for c in chat.server.calls if c.method == "deleteMessage"]


async def test_a_button_carries_128_random_bits_of_which_only_a_digest_is_kept():
    async with a_chat(desk=_out(FakeDesk(), "ab1234")) as chat:
        state = _state_in(await chat.ask("/login"))
        assert re.fullmatch(rf"[A-Za-z0-9_-]{{{STATE_LENGTH}}}", state)
        (kept,) = chat.desk.requests(OfferLogin)
        assert kept.digest == digest_of(state)
        assert state not in repr(kept)
        assert kept.until - chat.clock.now() == OPEN_FOR


async def test_a_button_asked_for_twice_is_the_same_one_so_that_either_works():
    async with a_chat(desk=_out(FakeDesk(), "ab1234")) as chat:
        first, second = await chat.ask("/login"), await chat.ask("/login")
        assert _state_in(first) == _state_in(second)
        await chat.ask(_landed(_state_in(first)))
        assert chat.desk.logins == [("ab1234", KEY)]


async def test_a_button_is_for_another_admin_too():
    async with a_chat(desk=_out(FakeDesk(), "ab1234"), admins=frozenset({4001, SECOND})) as chat:
        state = _state_in(await chat.ask("/login"))
        answer = await chat.ask(_landed(state), user=SECOND)
        assert "ab1234: logged in" in answer.text


async def test_after_its_time_a_button_opens_nothing_and_there_is_a_new_one():
    async with a_chat(desk=_out(FakeDesk(), "ab1234")) as chat:
        old = _state_in(await chat.ask("/login"))
        chat.clock.forward(minutes=15)
        answer = await chat.ask(_landed(old))
        assert "the time of that button was over at 09:46" in answer.text
        assert _state_in(answer) != old
        assert chat.desk.logins == []
        assert "I deleted your message." in answer.text
        await chat.ask(_landed(_state_in(answer), OTHER))
        assert chat.desk.logins == [("ab1234", OTHER)]


async def test_yesterdays_address_says_its_day():
    async with a_chat(desk=_out(FakeDesk(), "ab1234")) as chat:
        old = _state_in(await chat.ask("/login"))
        chat.clock.forward(days=1)
        assert "over at 23 Nov 09:46" in (await chat.ask(_landed(old))).text
        assert chat.desk.logins == []


async def test_an_address_of_an_older_button_opens_nothing():
    async with a_chat(desk=_out(FakeDesk(), "ab1234")) as chat:
        old = _state_in(await chat.ask("/login"))
        chat.clock.forward(minutes=11)
        new = _state_in(await chat.ask("/login"))
        assert new != old
        answer = await chat.ask(_landed(old))
        assert "of an older button. Only the newest one works" in answer.text
        assert _state_in(answer) == new
        assert chat.desk.logins == []


async def test_a_state_nobody_made_opens_nothing():
    async with a_chat(desk=_out(FakeDesk(), "ab1234")) as chat:
        await chat.ask("/login")
        answer = await chat.ask(_landed("A" * STATE_LENGTH))
        assert "of no login that I wait for" in answer.text
        assert list(answer.buttons) == ["Log in ab1234"]
        assert chat.desk.logins == []
        assert len(_deleted(chat)) == 1


async def test_a_restart_in_the_middle_of_a_login_loses_nothing():
    desk = _out(FakeDesk(), "ab1234", "cd5678")
    async with a_chat(desk=desk) as before:
        state = _state_in(await before.ask("/login"), "cd5678")
    async with a_chat(desk=desk) as after:
        assert "cd5678: logged in" in (await after.ask(_landed(state))).text
    assert desk.logins == [("cd5678", KEY)]


async def test_a_login_delivered_again_after_a_kill_leaves_the_button_before_it_alone():
    """Killed before the command was acknowledged, while its button is being used at Zerodha."""
    desk = _out(FakeDesk(), "ab1234")
    async with a_chat(desk=desk) as before:
        asked = {"update_id": 5000, "message": before.message("/login")}
        before.server.redeliver(asked)
        state = _state_in(await before.next())
    async with a_chat(desk=desk) as after:
        after.server.redeliver(asked)
        again = await after.next()
        assert "that button works on" in again.text
        assert list(again.buttons) == ["A new button for ab1234"]
        assert again.buttons["A new button for ab1234"]["callback_data"] == "r|login ab1234"
        after.server.redeliver({"update_id": 5001, "message": after.message(_landed(state))})
        assert "ab1234: logged in" in (await after.next()).text


async def test_a_state_is_used_once_and_the_next_button_has_another():
    async with a_chat(desk=_out(FakeDesk(), "ab1234")) as chat:
        chat.desk.login_error = LoginRefused("logged in as ZZ9, expected AB1234: log out of Kite")
        first = _state_in(await chat.ask("/login"))
        answer = await chat.ask(_landed(first))
        assert "logged in as ZZ9, expected AB1234" in answer.text
        assert _state_in(answer) != first
        chat.desk.login_error = None
        again = await chat.ask(_landed(first, OTHER))
        assert "of an older button" in again.text
        assert chat.desk.logins == []


async def test_an_address_pasted_again_after_it_worked_says_so():
    async with a_chat(desk=_out(FakeDesk(), "ab1234")) as chat:
        state = _state_in(await chat.ask("/login"))
        await chat.ask(_landed(state))
        answer = await chat.ask(_landed(state))
        assert "used already; it is logged in" in answer.text
        assert len(_deleted(chat)) == 2
        assert len(chat.desk.logins) == 1


async def test_a_login_that_zerodha_refused_gives_a_button_for_the_same_account():
    async with a_chat(desk=_out(FakeDesk(), "ab1234", "cd5678")) as chat:
        state = _state_in(await chat.ask("/login"), "cd5678")
        answer = await chat.ask(f"https://127.0.0.1/?status=cancelled&state={state}")
        assert "did not succeed" in answer.text
        assert list(answer.buttons) == ["Log in cd5678"]


async def test_where_nothing_can_be_kept_there_is_no_button():
    async with a_chat(desk=_out(FakeDesk(), "ab1234")) as chat:
        chat.desk.ask_error = JournalError("the disk is full")
        answer = await chat.ask("/login")
        assert answer.buttons == {}
        assert "Again: /login ab1234" in answer.text


async def test_an_edited_message_is_answered_by_silence():
    async with a_chat(desk=_out(FakeDesk(), "ab1234")) as chat:
        state = _state_in(await chat.ask("/login"))
        edited = chat.message(_landed(state)) | {"edit_date": int(chat.clock.now().timestamp())}
        chat.server.redeliver({"update_id": 900_000, "edited_message": edited})
        assert await chat.quiet() == []
        assert chat.desk.logins == []


async def test_a_deep_link_is_a_login_and_is_deleted():
    async with a_chat(desk=_out(FakeDesk(), "ab1234", "cd5678")) as chat:
        state = _state_in(await chat.ask("/login"), "cd5678")
        message_id = await chat.say(f"/start k{state}{KEY}")
        answer = await chat.next()
        assert "cd5678: logged in" in answer.text
        assert _deleted(chat) == [str(message_id)]
        assert chat.desk.logins == [("cd5678", KEY)]


async def test_the_copied_address_of_the_pages_button_is_a_login_too():
    async with a_chat(desk=_out(FakeDesk(), "ab1234", "cd5678")) as chat:
        state = _state_in(await chat.ask("/login"), "cd5678")
        answer = await chat.ask(f"https://t.me/copy_bot?start=k{state}{KEY}")
        assert "cd5678: logged in" in answer.text
        assert "I deleted your message." in answer.text


async def test_a_bare_token_is_for_the_account_that_is_named_beside_it():
    async with a_chat(desk=_out(FakeDesk(), "ab1234", "cd5678")) as chat:
        await chat.ask("/login")
        assert "cd5678: logged in" in (await chat.ask(f"/login CD5678 {KEY}")).text
        assert chat.desk.logins == [("cd5678", KEY)]


async def test_a_deep_link_of_a_stranger_is_answered_by_silence_and_uses_nothing_up():
    async with a_chat(desk=_out(FakeDesk(), "ab1234")) as chat:
        state = _state_in(await chat.ask("/login"))
        await chat.say(f"/start k{state}{KEY}", user=9999)
        assert await chat.quiet() == []
        await chat.ask(f"/start k{state}{KEY}")
        assert chat.desk.logins == [("ab1234", KEY)]


async def test_a_deep_link_with_a_wrong_state_opens_nothing():
    async with a_chat(desk=_out(FakeDesk(), "ab1234")) as chat:
        await chat.ask("/login")
        answer = await chat.ask(f"/start k{'B' * STATE_LENGTH}{KEY}")
        assert "of no login that I wait for" in answer.text
        assert chat.desk.logins == []


def test_a_payload_fits_a_deep_link():
    payload = f"k{'-' * STATE_LENGTH}{KEY}"
    assert len(payload) <= 64
    assert re.fullmatch(r"[A-Za-z0-9_-]+", payload)
    found = read_deep_link(payload)
    assert found is not None
    assert (found.state, found.token.reveal()) == ("-" * STATE_LENGTH, KEY)
    assert all(read_deep_link(other) is None for other in ("", "k", "pair-ABC123", payload + "!"))


def test_of_two_tokens_among_words_none_is_used():
    paste = read_paste(f"is it {KEY} or {OTHER}?"[:-1])
    assert paste is not None
    assert paste.token is None
    assert "two different tokens" in paste.problem


async def test_the_right_button_is_found_among_those_of_all_accounts():
    desk = _out(FakeDesk(), "master", "ab1234", "cd5678")
    async with a_chat(desk=desk) as chat:
        call = await chat.ask("/login")
        states = {name: _state_in(call, name) for name in ("master", "ab1234", "cd5678")}
        assert len(set(states.values())) == 3
        desk.pending = {
            name: replace(p, until=p.until + timedelta(0)) for name, p in desk.pending.items()
        }
        await chat.ask(_landed(states["ab1234"]))
        assert desk.logins == [("ab1234", KEY)]
