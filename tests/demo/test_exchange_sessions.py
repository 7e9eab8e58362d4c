"""Logging in, and every way for a token to die."""

import hashlib

import pytest

from demo.exchange.happen import happen
from demo.exchange.happenings import BrowserLoggedIn
from demo.exchange.wire import KiteError


def redeem(exchange, account, token, secret=None):
    checksum = hashlib.sha256(
        (account.api_key + token + (secret or account.api_secret)).encode()
    ).hexdigest()
    return exchange.request(
        "POST",
        "/session/token",
        {"api_key": account.api_key, "request_token": token, "checksum": checksum},
    )


@pytest.fixture
def account(exchange):
    return exchange.accounts.by_user("FA0001")


def test_a_request_token_is_good_once(exchange, account):
    token = exchange.sessions.issue_request_token(account)
    data = redeem(exchange, account, token).json()["data"]
    assert data["user_id"] == "FA0001"
    assert data["login_time"] == "2026-11-18 10:00:00"
    assert data["refresh_token"] == ""
    again = redeem(exchange, account, token)
    assert (again.status, again.json()["error_type"]) == (403, "TokenException")


def test_a_session_can_turn_out_to_be_another_clients(exchange, account):
    for as_user, told in (("ZZ9999", "ZZ9999"), (None, "FA0001")):
        happen(exchange, BrowserLoggedIn(user_id="FA0001", as_user=as_user))
        token = exchange.sessions.issue_request_token(account)
        assert redeem(exchange, account, token).json()["data"]["user_id"] == told


def test_a_request_token_is_good_for_five_minutes(exchange, account, clock):
    early, late = (exchange.sessions.issue_request_token(account) for _ in range(2))
    clock.advance(299)
    assert redeem(exchange, account, early).status == 200
    clock.advance(1)
    assert redeem(exchange, account, late).status == 403


def test_a_wrong_secret_or_another_app_gets_no_session(exchange, account):
    token = exchange.sessions.issue_request_token(account)
    assert redeem(exchange, account, token, secret="wrong").status == 403
    token = exchange.sessions.issue_request_token(account)
    assert redeem(exchange, exchange.accounts.by_user("FA0002"), token).status == 403


def test_a_token_dies_at_six_in_the_morning(father, clock):
    clock.advance(20 * 3600 - 1)
    assert father.call("GET", "/orders").status == 200
    clock.advance(1)
    reply = father.call("GET", "/orders")
    assert (reply.status, reply.json()["error_type"]) == (403, "TokenException")


def test_a_second_session_on_the_same_key_kills_the_first(exchange, father):
    exchange.login("FA0001")
    assert father.call("GET", "/orders").status == 403


def test_a_logout_and_a_master_logout_end_the_session(exchange, father, mother):
    token = father.headers["Authorization"].partition(":")[2]
    path = f"/session/token?api_key={father.account.api_key}&access_token={token}"
    assert father.call("DELETE", path).json() == {"status": "success", "data": True}
    assert father.call("GET", "/orders").status == 403
    exchange.sessions.kill("FA0002")
    assert mother.call("GET", "/orders").status == 403


def test_a_write_with_a_dead_token_is_on_record_and_not_booked(exchange, father):
    exchange.sessions.flush()
    assert father.order(tag="KC1").status == 403
    (record,) = exchange.ledger.by_tag("KC1")
    assert (record.user_id, record.booked, record.status) == ("FA0001", False, 403)


@pytest.mark.parametrize("header", ["", "token", "token key", "Bearer a:b"])
def test_missing_or_malformed_credentials_are_a_bad_request(exchange, father, header):
    father.headers["Authorization"] = header
    reply = father.call("GET", "/orders")
    assert (reply.status, reply.json()["error_type"]) == (400, "InputException")


def test_a_wrong_version_header_is_a_bad_request(father):
    father.headers["X-Kite-Version"] = "1"
    assert father.call("GET", "/orders").status == 400


def test_two_accounts_may_not_share_an_app(exchange):
    from demo.exchange.accounts import Accounts

    first = exchange.accounts.by_user("FA0001")
    second = exchange.accounts.by_user("FA0002")
    second.api_key = first.api_key
    with pytest.raises(ValueError, match="share an api_key"):
        Accounts([first, second])


def test_an_unknown_key_is_told_so(exchange):
    with pytest.raises(KiteError, match="Invalid `api_key`"):
        exchange.accounts.by_key("nobody")
