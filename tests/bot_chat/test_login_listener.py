"""The login callback: open only while a login is pending, and it says nothing to whoever guesses."""

import asyncio
import logging
from contextlib import asynccontextmanager

import pytest

from bot.login_listener import LoginListener
from engine.clock import SystemClock
from engine.core.values.control import OfferLogin
from engine.core.values.market import Venue
from engine.core.values.views import SessionState
from engine.errors import LoginRefused
from tests.bot_chat.chat_fakes import FakeDesk
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.chat_views import a_status, an_account
from tests.free_ports import free_port

KEY = "cAnArY7777cAnArY7777cAnArY777712"


async def fetch(port: int, request: str | bytes) -> bytes:
    """Send raw bytes and return the whole answer."""
    raw = (
        request if isinstance(request, bytes) else f"{request} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    )
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(raw)
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()


async def until_open(port: int, *, is_open: bool = True) -> None:
    async with asyncio.timeout(5):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                found = True
            except OSError:
                found = False
            if found is is_open:
                return
            await asyncio.sleep(0.05)


@asynccontextmanager
async def listening():
    """A chat with two accounts out and a listener beside it; yields chat and port."""
    desk = FakeDesk()
    desk.view = a_status(
        venue=Venue.LIVE,
        accounts=(
            an_account("master"),
            an_account("ab1234", session=SessionState.LOGIN),
            an_account("cd5678", session=SessionState.LOGIN),
        ),
    )
    async with a_chat(desk=desk, login_calls_back=True) as chat:
        port = free_port()
        listener = LoginListener(
            ("127.0.0.1", port),
            pending=chat.bot.login_pending,
            called_back=chat.bot.login_called_back,
            clock=SystemClock(),
        )
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(listener.run())
            try:
                yield chat, port
            finally:
                task.cancel()


def state_in(call, account: str) -> str:
    return call.buttons[f"Log in {account}"]["url"].rpartition("state%3D")[2]


async def test_it_is_open_only_while_a_login_is_pending():
    async with listening() as (chat, port):
        await until_open(port, is_open=False)
        call = await chat.ask("/login ab1234")
        assert "paste its address here" in call.text
        await until_open(port)
        state = state_in(call, "ab1234")
        answer = await fetch(
            port, f"GET /callback?status=success&request_token={KEY}&state={state}"
        )
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"<h1>Logged in</h1>" in answer
        assert "ab1234: logged in" in (await chat.next()).text
        assert chat.desk.logins == [("ab1234", KEY)]
        await until_open(port, is_open=False)


async def test_it_closes_when_the_time_of_the_button_is_over():
    async with listening() as (chat, port):
        await chat.ask("/login ab1234")
        await until_open(port)
        chat.clock.forward(minutes=16)
        await until_open(port, is_open=False)


async def test_the_page_holds_no_secret_and_leaves_no_trace():
    async with listening() as (chat, port):
        state = state_in(await chat.ask("/login ab1234"), "ab1234")
        await until_open(port)
        answer = (
            await fetch(port, f"GET /callback?request_token={KEY}&state={state}&status=success")
        ).decode()
        head = answer.partition("\r\n\r\n")[0]
        for line in (
            "Referrer-Policy: no-referrer",
            "Cache-Control: no-store",
            "Connection: close",
        ):
            assert line in head
        assert "default-src 'none'" in head
        assert KEY not in answer
        assert state not in answer
        assert "ab1234" not in answer


@pytest.mark.parametrize(
    "request_",
    [
        "GET /callback?request_token={key}&state=" + "A" * 22,
        "GET /callback?request_token={key}",
        "GET /callback?state={state}",
        "GET /callback?request_token={key}&state={state}&state=" + "A" * 22,
        "GET /callback?request_token={key}&request_token={key}&state={state}",
        "GET /callback?request_token=a.b/c&state={state}",
        "GET /?request_token={key}&state={state}",
        "GET /callback/?request_token={key}&state={state}",
        "GET /callback",
        "POST /callback?request_token={key}&state={state}",
        "HEAD /callback?request_token={key}&state={state}",
        "GET http://x/callback?request_token={key}&state={state}",
        "GET /callback?request_token={key}&state={state}&x=" + "y" * 3000,
    ],
)
async def test_what_is_not_the_redirect_of_a_pending_login_is_a_bare_404_and_uses_nothing_up(
    request_,
):
    async with listening() as (chat, port):
        state = state_in(await chat.ask("/login ab1234"), "ab1234")
        await until_open(port)
        answer = await fetch(port, request_.format(key=KEY, state=state))
        assert answer.startswith(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n")
        assert answer.endswith(b"\r\n\r\n")
        assert chat.desk.logins == []
        assert await chat.quiet() == []
        await fetch(port, f"GET /callback?request_token={KEY}&state={state}")
        assert chat.desk.logins == [("ab1234", KEY)]


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"A" * 20_000, b"\r\n\r\n"]
)
async def test_garbage_gets_nothing_and_the_login_goes_on(garbage):
    async with listening() as (chat, port):
        state = state_in(await chat.ask("/login ab1234"), "ab1234")
        await until_open(port)
        assert b"200" not in await fetch(port, garbage)
        await fetch(port, f"GET /callback?request_token={KEY}&state={state}")
        assert chat.desk.logins == [("ab1234", KEY)]


async def test_silent_connections_do_not_shut_the_browser_out():
    async with listening() as (chat, port):
        state = state_in(await chat.ask("/login ab1234"), "ab1234")
        await until_open(port)
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(30)]
        began = asyncio.get_running_loop().time()
        await fetch(port, f"GET /callback?request_token={KEY}&state={state}")
        assert chat.desk.logins == [("ab1234", KEY)]
        assert asyncio.get_running_loop().time() - began < 4  # not when their time is over
        for _, writer in idle:
            writer.close()


@pytest.mark.parametrize(
    ("error", "query", "says"),
    [
        (LoginRefused("logged in as ZZ9, expected AB1234: log out"), "status=success", "as ZZ9"),
        (None, "status=cancelled", "did not succeed"),
    ],
)
async def test_a_login_that_fails_says_so_on_the_page_and_why_in_the_chat(error, query, says):
    async with listening() as (chat, port):
        chat.desk.login_error = error
        state = state_in(await chat.ask("/login ab1234"), "ab1234")
        await until_open(port)
        answer = await fetch(port, f"GET /callback?{query}&request_token={KEY}&state={state}")
        assert b"<h1>Not logged in</h1>" in answer
        said = await chat.next()
        assert says in said.text
        assert list(said.buttons) == ["Log in ab1234"]
        assert chat.desk.logins == []


async def test_the_same_redirect_twice_is_one_login():
    async with listening() as (chat, port):
        call = await chat.ask("/login")
        state = state_in(call, "ab1234")
        await until_open(port)
        path = f"GET /callback?request_token={KEY}&state={state}"
        first = await fetch(port, path)
        second = await fetch(port, path)  # reloaded; cd5678 keeps the listener open
        assert b"200 OK" in first
        assert b"404" in second
        assert chat.desk.logins == [("ab1234", KEY)]


async def test_whose_button_it_was_is_who_logged_in():
    async with listening() as (chat, port):
        state = state_in(await chat.ask("/login ab1234"), "ab1234")
        assert chat.desk.requests(OfferLogin)
        assert chat.desk.pending["ab1234"].by == "Asha"
        await until_open(port)
        await fetch(port, f"GET /callback?request_token={KEY}&state={state}")
        assert (await chat.next()).fields["chat_id"] == "4001"


async def test_nothing_that_comes_in_is_logged(caplog):
    caplog.set_level(logging.DEBUG)
    async with listening() as (chat, port):
        state = state_in(await chat.ask("/login ab1234"), "ab1234")
        await until_open(port)
        await fetch(port, f"GET /callback?request_token={KEY}&state={'A' * 22}")
        await fetch(port, f"GET /callback?request_token={KEY}&state={state}")
        await chat.next_saying("logged in")
    logged = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    for secret in (KEY, state, "A" * 22):
        assert secret not in logged


async def test_a_port_that_is_taken_is_said_and_taken_up_once_it_is_free():
    other = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]

    async def called_back(**_fields) -> bool | None:
        return None

    listener = LoginListener(
        ("127.0.0.1", port), pending=lambda: True, called_back=called_back, clock=SystemClock()
    )
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(listener.run())
        try:
            async with asyncio.timeout(5):
                while not listener.problem:  # noqa: ASYNC110 - it tells of nothing else
                    await asyncio.sleep(0.01)
            assert listener.problem.startswith(
                f"LISTENER__BIND 127.0.0.1:{port} cannot be listened on"
            )
            other.close()
            await other.wait_closed()
            async with asyncio.timeout(5):
                while listener.problem:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.01)
            assert b"404" in await fetch(port, "GET /")
        finally:
            task.cancel()
