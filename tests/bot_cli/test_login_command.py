"""`copytrader login`: which account, and what was pasted."""

import pytest
from msgspec.structs import replace

from bot.chat.login_states import STATE_LENGTH
from bot.cli.login import read_pasted
from bot.control_socket import ControlError
from engine.core.values.market import MASTER
from engine.errors import CopyTraderError
from tests.bot_cli.cli_builders import (
    FakeInstance,
    an_account,
    command,
    status_answer,
)


def test_login_asks_for_each_account_without_a_session(env, tmp_path):
    url = {"url": "https://kite.zerodha.com/connect/login?v=3"}
    with FakeInstance(
        tmp_path, status=status_answer(), login_url=url, login={"text": "asha: ok"}
    ) as one:
        shown = command(tmp_path, "login", typed="https://x/?status=success&request_token=tok1\n")
    assert shown.status == 0
    assert url["url"] in shown.out
    assert shown.out.endswith("asha: ok\n")
    assert "tok1" not in shown.out + shown.err
    assert one.asked[-1] == ("login", {"account": "asha", "request_token": "tok1"})
    assert len(one.asked[1][1]["state"]) == STATE_LENGTH


def test_a_refused_login_is_told_and_counts_as_a_failure(env, tmp_path):
    refused = CopyTraderError("the token is another client's - log in as CD5678")
    with FakeInstance(tmp_path, login_url={"url": "u"}, login=refused):
        shown = command(tmp_path, "login", "Asha", typed="tok1\n")
        foreign = command(tmp_path, "login", "asha", typed="?request_token=t&state=other\n")
        ended = command(tmp_path, "login", "asha")
    assert (shown.status, foreign.status, ended.status) == (1, 1, 1)
    assert "asha: the token is another client's" in shown.err
    assert "another link" in foreign.err
    assert "no input" in ended.err


@pytest.mark.parametrize(
    "text",
    [
        "https://127.0.0.1/?action=login&status=success&request_token=abc123&state=s1",
        "?request_token=abc123&status=success&state=s1",
        "request_token=abc123&state=s1",
        "request_token=abc 123 &state=s1",
    ],
)
def test_the_request_token_is_found_in_whatever_was_pasted(text):
    pasted = read_pasted(text)
    assert pasted.request_token.reveal() == "abc123"
    assert pasted.state == "s1"
    assert read_pasted(" abc123 ").request_token.reveal() == "abc123"


def test_the_copied_button_of_the_redirect_page_is_as_good_as_the_address():
    state, token = "s" * STATE_LENGTH, "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY"
    pasted = read_pasted(f"https://t.me/my_copy_bot?start=k{state}{token}")
    assert (pasted.state, pasted.request_token.reveal()) == (state, token)


@pytest.mark.parametrize(
    "text",
    [
        "https://kite.zerodha.com/connect/login?v=3&api_key=k",
        "https://x/?status=error&request_token=abc",
        "https://x/",
        "",
    ],
)
def test_what_holds_no_request_token_is_refused(text):
    with pytest.raises(ControlError):
        read_pasted(text)


def test_login_takes_a_client_id_for_the_account(env, tmp_path):
    accounts = (an_account(MASTER), replace(an_account("asha"), user_id="CD5678"))
    answers = {"login_url": {"url": "u"}, "login": {"text": "asha: ok"}}
    with FakeInstance(tmp_path, status=status_answer(accounts=accounts), **answers) as one:
        assert command(tmp_path, "login", "cd5678", typed="tok1\n").status == 0
    assert one.asked[-1][1]["account"] == "asha"


def test_a_prompt_without_a_terminal_leaves_its_line_to_itself(env, tmp_path):
    answers = {"login_url": {"url": "u"}, "login": {"text": "asha: ok"}}
    with FakeInstance(tmp_path, status=status_answer(), **answers):
        shown = command(tmp_path, "login", "asha")
    assert shown.status == 1
    prompt, fault = shown.err.splitlines()
    assert prompt.startswith("Then paste the address")
    assert fault.startswith("copytrader: asha: no input was given")
