"""The daily login through the chat."""

import pytest

from bot.chat.login_paste import read_paste
from engine.core.values.market import Venue
from engine.core.values.views import SessionState
from engine.errors import BrokerUnavailable, LoginRefused
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.chat_views import a_status, an_account

KEY = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY"
OTHER = "Zz3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xZ"
LANDED = f"https://127.0.0.1/back?action=login&type=login&status=success&request_token={KEY}"


@pytest.mark.parametrize(
    "pasted",
    [
        LANDED,
        f"  {LANDED}\n",
        f"here it is: {LANDED} thanks!",
        LANDED.replace(KEY, f"{KEY[:10]}\n{KEY[10:]}"),
        LANDED.replace("&status", "\n&status"),
        f"?status=success&request_token={KEY}",
        f"request_token={KEY}&status=success",
        f"request_token={KEY}",
        f"request_token: {KEY}",
        f"https://127.0.0.1/#request_token={KEY}&status=success",
        KEY,
        f" {KEY} ",
        f"{KEY[:16]} {KEY[16:]}",
    ],
)
def test_every_shape_of_a_token_is_understood(pasted):
    paste = read_paste(pasted)
    assert paste is not None
    assert paste.token is not None
    assert paste.token.reveal() == KEY


def test_the_state_of_the_button_is_read():
    paste = read_paste(f"{LANDED}&state=nonce-1_x")
    assert paste is not None
    assert paste.state == "nonce-1_x"


@pytest.mark.parametrize(
    ("pasted", "says"),
    [
        ("https://kite.zerodha.com/connect/login?v=3&api_key=abc", "the login page's address"),
        ("https://kite.zerodha.com/dashboard", "no request_token"),
        (LANDED.replace("success", "error"), "did not succeed"),
        ("https://127.0.0.1/?status=cancelled", "did not succeed"),
        (f"{LANDED} {LANDED.replace(KEY, OTHER)}", "two different tokens"),
        ("https://127.0.0.1/?status=success&request_token=", "no request_token"),
        ("https://127.0.0.1/?status=success&request_token=a%00b", "damaged"),
    ],
)
def test_what_cannot_be_used_is_answered_with_one_helpful_line(pasted, says):
    paste = read_paste(pasted)
    assert paste is not None
    assert paste.token is None
    assert says in paste.problem
    assert "\n" not in paste.problem


@pytest.mark.parametrize("text", ["hello there", "123456", "/status", "NIFTY25NOV24500CE", ""])
def test_other_words_are_left_alone(text):
    assert read_paste(text) is None


def _out(*names: str):
    names_out = {
        name: an_account(name, session=SessionState.LOGIN if name in names else SessionState.OK)
        for name in ("master", "ab1234", "cd5678")
    }
    return a_status(venue=Venue.LIVE, accounts=tuple(names_out.values()))


async def test_login_gives_a_button_per_account_and_uses_the_pasted_address():
    async with a_chat() as chat:
        chat.desk.view = _out("master")
        call = await chat.ask("/login")
        assert list(call.buttons) == ["Log in master"]
        message_id = await chat.say(LANDED)
        assert (await chat.next("deleteMessage")).fields["message_id"] == str(message_id)
        answer = await chat.next()
        assert "master: logged in as A TRADER" in answer.text
        assert "I deleted your message." in answer.text
        assert KEY not in answer.text
        assert chat.desk.logins == [("master", KEY)]
        assert "every account is logged in" in (await chat.ask("/login")).text


async def test_the_state_decides_which_of_several_accounts_it_is():
    async with a_chat() as chat:
        chat.desk.view = _out("ab1234", "cd5678")
        await chat.ask("/login")
        states = dict(chat.desk.login_states)
        answer = await chat.ask(f"{LANDED}&state={states['cd5678']}")
        assert "cd5678: logged in" in answer.text
        assert "Still to log in: ab1234" in answer.text
        assert chat.desk.logins == [("cd5678", KEY)]


async def test_a_bare_token_with_several_accounts_waiting_asks_which():
    async with a_chat() as chat:
        chat.desk.view = _out("ab1234", "cd5678")
        await chat.ask("/login")
        question = await chat.ask(KEY)
        assert "for which account" in question.text
        assert list(question.buttons) == ["ab1234", "cd5678", "Cancel"]
        await chat.press(question, "ab1234")
        assert "ab1234: logged in" in (await chat.next()).text
        assert chat.desk.logins == [("ab1234", KEY)]


async def test_an_address_without_a_state_is_for_the_one_account_that_is_out():
    async with a_chat() as chat:
        chat.desk.view = _out("ab1234")
        await chat.ask(LANDED)
        assert chat.desk.logins == [("ab1234", KEY)]


async def test_a_token_nobody_waits_for_is_deleted_and_not_used():
    async with a_chat() as chat:
        answer = await chat.ask(KEY)
        assert "Send /login name first" in answer.text
        assert "I deleted your message." in answer.text
        assert chat.desk.logins == []


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (LoginRefused("the token was used or is too old."), "the token was used or is too old."),
        (BrokerUnavailable("timeout"), "Zerodha did not answer"),
    ],
)
async def test_a_login_that_fails_says_why_and_what_next(error, says):
    async with a_chat() as chat:
        chat.desk.view = _out("ab1234")
        chat.desk.login_error = error
        await chat.ask("/login ab1234")
        answer = await chat.ask(LANDED)
        assert says in answer.text
        assert list(answer.buttons) == ["Log in ab1234"]
        assert answer.buttons["Log in ab1234"]["url"].startswith("https://kite.zerodha.com/")


async def test_the_login_page_pasted_back_is_explained_and_not_deleted():
    async with a_chat() as chat:
        chat.desk.view = _out("ab1234")
        answer = await chat.ask("https://kite.zerodha.com/connect/login?v=3&api_key=abc")
        assert "That is the login page's address" in answer.text
        assert all(call.method != "deleteMessage" for call in chat.server.calls)


async def test_a_login_page_on_this_machine_is_also_shown_as_text():
    async with a_chat() as chat:
        chat.desk.login_base = "http://127.0.0.1:1234/connect/login"
        chat.desk.view = _out("ab1234")
        call = await chat.ask("/login")
        assert "ab1234: http://127.0.0.1:1234/connect/login?v=3&amp;api_key" in call.text
