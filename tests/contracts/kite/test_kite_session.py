"""The daily login, with Kite's own SDK on one side and a scripted server on the other."""

import hashlib
import ssl
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.brokers.kite.session import KiteSessionDesk
from engine.core.values.market import IST
from engine.core.values.secrets import Secret
from engine.errors import BrokerError, BrokerUnavailable, LoginRefused
from tests.contracts.kite.kite_servers import (
    API_SECRET,
    TOKEN,
    FrozenClock,
    a_session,
    answering,
    http,
    read_request,
    serving,
    some_credentials,
    system_tls,
)

REQUEST_TOKEN = "requestTokenToHide789"
ANSWER = {
    "user_id": "AB1234",
    "user_name": "Asha Rao",
    "access_token": TOKEN,
    "public_token": "p",
    "refresh_token": "",
    "login_time": "2026-11-23 08:31:00",
    "meta": {"demat_consent": "consent"},
}


def a_desk(port: int = 9, *, tls=None, scheme: str = "http", credentials=None) -> KiteSessionDesk:
    return KiteSessionDesk(
        credentials or some_credentials(logged_in=False),
        api_url=f"{scheme}://127.0.0.1:{port}",
        login_url="https://kite.zerodha.com/connect/login",
        tls=tls or system_tls(),
        clock=FrozenClock(),
    )


async def exchange(answer: bytes, seen: list[bytes] | None = None):
    async with serving(answering(answer, seen=seen)) as server:
        return await a_desk(server.port).exchange(Secret(REQUEST_TOKEN))


def test_the_login_page_is_the_sdks_with_our_state_on_top():
    from kiteconnect import KiteConnect

    ours = urlsplit(a_desk().login_url("nonce&1"))
    theirs = urlsplit(KiteConnect("apikey").login_url())
    query = parse_qs(ours.query)
    assert parse_qs(query.pop("redirect_params")[0]) == {"state": ["nonce&1"]}
    assert (ours.netloc, ours.path, query) == (theirs.netloc, theirs.path, parse_qs(theirs.query))


async def test_a_request_token_becomes_a_session():
    seen: list[bytes] = []
    answer = ANSWER | {"exchanges": ["NSE", "BSE", "MF"]}
    session = await exchange(http(200, {"status": "success", "data": answer}), seen)
    assert session.exchanges == {"NSE", "BSE", "MF"}
    assert session.demat_consent == "consent"
    assert session.user_id == "AB1234"
    assert session.access_token.reveal() == TOKEN
    assert session.login_at == datetime(2026, 11, 23, 8, 31, tzinfo=IST)
    form = parse_qs(seen[0].partition(b"\r\n\r\n")[2].decode())
    checksum = hashlib.sha256(f"apikey{REQUEST_TOKEN}{API_SECRET}".encode()).hexdigest()
    assert form["checksum"] == [checksum]
    assert seen[0].startswith(b"POST /session/token HTTP/1.1")


async def test_another_clients_login_is_refused_with_the_mend():
    answer = http(200, {"status": "success", "data": ANSWER | {"user_id": "ZZ9999"}})
    with pytest.raises(LoginRefused, match="logged in as ZZ9999, expected AB1234: log out of Kite"):
        await exchange(answer)


async def test_a_used_token_is_refused():
    body = {"status": "error", "message": "Token is invalid or has expired.", "data": None}
    with pytest.raises(LoginRefused, match="used before"):
        await exchange(http(403, body | {"error_type": "TokenException"}))


@pytest.mark.parametrize(
    "answer",
    [
        http(502, b"<html>", content_type="text/html"),
        http(200, b"{", content_type="application/json"),
        http(200, b"[]"),
        http(200, {"status": "success"}),
        http(200, {"status": "success", "data": None}),
        http(200, {"status": "success", "data": {"login_time": None}}),
        http(200, {"status": "success", "data": ANSWER | {"access_token": "two\r\nlines"}}),
        http(400, {"status": "error", "error_type": "InputException"}),
        http(500, {"status": "error", "message": REQUEST_TOKEN, "error_type": "GeneralException"}),
        http(307, b"", head="Location: /session/token\r\n"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"garbage\r\n\r\n",
    ],
    ids=range(12),
)
async def test_an_odd_answer_is_unavailable_and_quotes_nothing(answer):
    seen: list[bytes] = []
    with pytest.raises(BrokerUnavailable) as caught:
        await exchange(answer, seen)
    error: BaseException | None = caught.value
    assert len(seen) <= 1, "the login was sent twice"
    while error is not None:
        for secret in (TOKEN, API_SECRET):
            assert secret not in str(error)
        error = error.__cause__ or error.__context__


async def test_nobody_listening_is_unavailable():
    async with serving(answering(b"")) as server:
        port = server.port
    with pytest.raises(BrokerUnavailable):
        await a_desk(port).exchange(Secret(REQUEST_TOKEN))


async def test_a_token_that_is_none_is_refused_at_once():
    with pytest.raises(LoginRefused):
        await a_desk().exchange(Secret("two words"))


async def test_the_exchange_trusts_the_extra_authority_and_no_other(authority):
    from engine.brokers.kite.dial import tls_context

    seen: list[bytes] = []
    answer = http(200, {"status": "success", "data": ANSWER})
    async with serving(answering(answer, seen=seen), tls=authority.server) as server:
        trusted = a_desk(server.port, tls=tls_context(authority.ca_file), scheme="https")
        assert (await trusted.exchange(Secret(REQUEST_TOKEN))).user_id == "AB1234"
        with pytest.raises(BrokerUnavailable):
            await a_desk(server.port, scheme="https").exchange(Secret(REQUEST_TOKEN))
    assert len(seen) == 1


async def test_a_login_adds_no_authority_to_those_that_orders_are_sent_by(authority):
    from engine.brokers.kite.dial import tls_context

    tls = tls_context(authority.ca_file)
    before = tls.cert_store_stats()
    answer = http(200, {"status": "success", "data": ANSWER})
    async with serving(answering(answer), tls=authority.server) as server:
        await a_desk(server.port, tls=tls, scheme="https").exchange(Secret(REQUEST_TOKEN))
    assert tls.cert_store_stats() == before
    assert tls.verify_mode is ssl.CERT_REQUIRED
    assert tls.check_hostname


async def test_a_proxy_of_the_environment_is_ignored(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    session = await exchange(http(200, {"status": "success", "data": ANSWER}))
    assert session.user_id == "AB1234"


async def test_a_session_with_an_unusable_token_is_not_used():
    credentials = some_credentials()
    desk = a_desk(credentials=credentials)
    with pytest.raises(ValueError, match="no usable token"):
        desk.use(a_session("bad\r\nX-Evil: 1"))
    assert credentials.session == a_session()
    desk.use(None)
    assert credentials.authorization is None


async def test_a_server_that_hangs_up_is_unavailable():
    async def hang_up(reader, writer):
        await read_request(reader)

    async with serving(hang_up) as server:
        with pytest.raises(BrokerError):
            await a_desk(server.port).exchange(Secret(REQUEST_TOKEN))
    assert server.connections == 1
