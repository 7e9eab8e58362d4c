"""One order on the wire: whatever the server does or answers, it is not sent, answered, or unknown."""

import asyncio
import gzip
import ssl

import pytest

from engine.core.values.commands import Acked, Outcome, RefusalKind, Refused, Unknown
from tests.contracts.kite.kite_servers import (
    TOKEN,
    a_gateway,
    a_place,
    acked,
    answering,
    http,
    outcome_of,
    read_request,
    serving,
)


async def test_one_order_is_one_request_on_a_kept_connection():
    seen: list[bytes] = []
    async with serving(answering(acked(), seen=seen)) as server, a_gateway(server.port) as gateway:
        for _ in range(3):
            assert await outcome_of(gateway, a_place()) == Acked(order_id="1953341975595868160")
    assert len(seen) == 3
    assert server.connections == 1
    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /orders/regular HTTP/1.1\r\n")
    assert b"\r\nX-Kite-Version: 3\r\n" in head
    assert b"\r\nAuthorization: token apikey:" in head
    assert b"tag=KCaa0001" in body


async def test_a_server_that_closes_at_any_byte_of_the_request_leaves_the_order_unknown():
    request_size = 0

    async def measure(reader, writer):
        nonlocal request_size
        request_size = len(await read_request(reader))
        writer.write(acked())
        await writer.drain()

    async with serving(measure) as server, a_gateway(server.port) as gateway:
        await outcome_of(gateway, a_place())

    for offset in range(0, request_size + 1, 7):

        async def close_early(reader, writer, offset=offset):
            await reader.readexactly(offset)

        async with serving(close_early) as server, a_gateway(server.port) as gateway:
            outcome = await outcome_of(gateway, a_place())
            if offset == 0 and isinstance(outcome, Refused):
                # The close was seen before a byte was written.
                assert outcome.kind is RefusalKind.NOT_SENT
            else:
                assert isinstance(outcome, Unknown), (offset, outcome)
            assert server.connections == 1, "a request that may have left was sent again"


async def test_a_server_that_closes_at_any_byte_of_the_answer_leaves_the_order_unknown():
    answer = acked()
    for offset in range(len(answer)):

        async def close_early(reader, writer, offset=offset):
            await read_request(reader)
            writer.write(answer[:offset])
            await writer.drain()

        async with serving(close_early) as server, a_gateway(server.port) as gateway:
            outcome = await outcome_of(gateway, a_place())
            assert isinstance(outcome, Unknown), (offset, outcome)
            assert server.connections == 1


async def test_a_reset_after_the_request_leaves_the_order_unknown():
    async def reset(reader, writer):
        await read_request(reader)
        writer.transport.abort()

    async with serving(reset) as server, a_gateway(server.port) as gateway:
        assert isinstance(await outcome_of(gateway, a_place()), Unknown)


async def test_an_answer_in_single_bytes_is_read():
    async def trickle(reader, writer):
        await read_request(reader)
        for byte in acked("77"):
            writer.write(bytes([byte]))
            await writer.drain()

    async with serving(trickle) as server, a_gateway(server.port) as gateway:
        assert await outcome_of(gateway, a_place()) == Acked(order_id="77")


async def test_nobody_listening_means_not_sent():
    async with serving(answering(acked())) as server:
        port = server.port
    async with a_gateway(port) as gateway:
        outcome = await outcome_of(gateway, a_place())
    assert isinstance(outcome, Refused)
    assert outcome.kind is RefusalKind.NOT_SENT


async def test_a_name_that_does_not_resolve_means_not_sent():
    async with a_gateway(9, tls=ssl.create_default_context(), host="kite.invalid") as gateway:
        outcome = await outcome_of(gateway, a_place(), timeout_s=4)
    assert isinstance(outcome, Refused)
    assert outcome.kind is RefusalKind.NOT_SENT


async def test_a_late_answer_changes_nothing_and_its_connection_is_not_used_again():
    release = asyncio.Event()
    seen: list[bytes] = []

    async def slow_then_quick(reader, writer):
        seen.append(await read_request(reader))
        if len(seen) == 1:
            await release.wait()
        writer.write(acked(str(len(seen))))
        await writer.drain()
        await reader.read()

    outcomes: list[Outcome] = []
    async with serving(slow_then_quick) as server, a_gateway(server.port) as gateway:
        late = asyncio.Event()

        def done(outcome):
            outcomes.append(outcome)
            late.set()

        gateway.submit(a_place(), timeout_s=0.05, done=done)
        async with asyncio.timeout(2):
            await late.wait()
        assert isinstance(outcomes[0], Unknown)
        release.set()
        assert await outcome_of(gateway, a_place()) == Acked(order_id="2")
        assert server.connections == 2
    assert len(outcomes) == 1


async def test_a_server_that_never_finishes_the_handshake_means_not_sent():
    silent = asyncio.Event()

    async def say_nothing(reader, writer):
        await silent.wait()

    context = ssl.create_default_context()
    async with serving(say_nothing) as server, a_gateway(server.port, tls=context) as gateway:
        outcome = await outcome_of(gateway, a_place(), timeout_s=0.1)
        silent.set()
    assert isinstance(outcome, Refused)
    assert outcome.kind is RefusalKind.NOT_SENT


async def test_an_answer_that_says_close_ends_the_connection():
    reply = http(
        200, {"status": "success", "data": {"order_id": "5"}}, head="Connection: close\r\n"
    )
    async with serving(answering(reply)) as server, a_gateway(server.port) as gateway:
        assert await outcome_of(gateway, a_place()) == Acked(order_id="5")
        assert await outcome_of(gateway, a_place()) == Acked(order_id="5")
        assert server.connections == 2


async def test_a_redirect_is_not_followed():
    seen: list[bytes] = []
    reply = http(307, b"", head="Location: /orders/regular\r\n")
    async with serving(answering(reply, seen=seen)) as server, a_gateway(server.port) as gateway:
        outcome = await outcome_of(gateway, a_place())
    assert isinstance(outcome, Unknown)
    assert outcome.http_status == 307
    assert len(seen) == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + acked().partition(b"\r\n\r\n")[2],
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 200_000,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000,
    ],
    ids=["garbage", "two lengths", "upgrade", "no length", "too long", "endless head"],
)
async def test_an_answer_that_breaks_http_leaves_the_order_unknown(raw):
    async def handler(reader, writer):
        await read_request(reader)
        writer.write(raw)
        await writer.drain()

    async with serving(handler) as server, a_gateway(server.port) as gateway:
        assert isinstance(await outcome_of(gateway, a_place()), Unknown)


async def test_an_interim_answer_is_not_the_answer():
    async with (
        serving(answering(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + acked("9"))) as server,
        a_gateway(server.port) as gateway,
    ):
        assert await outcome_of(gateway, a_place()) == Acked(order_id="9")


async def test_a_second_answer_to_one_request_is_never_given_to_the_next():
    async with (
        serving(answering(acked("1") + acked("2"), acked("3"))) as server,
        a_gateway(server.port) as gateway,
    ):
        assert await outcome_of(gateway, a_place()) == Acked(order_id="1")
        assert await outcome_of(gateway, a_place()) == Acked(order_id="3")
        assert server.connections == 2


async def test_an_answer_longer_than_any_answer_to_an_order_is_not_read():
    body = acked().partition(b"\r\n\r\n")[2] + b" " * 300_000
    async with serving(answering(http(200, body))) as server, a_gateway(server.port) as gateway:
        assert isinstance(await outcome_of(gateway, a_place()), Unknown)


async def test_a_secret_echoed_by_the_broker_reaches_no_outcome():
    for status in (400, 500):
        body = {"status": "error", "message": f"bad {TOKEN}", "error_type": "InputException"}
        async with (
            serving(answering(http(status, body))) as server,
            a_gateway(server.port) as gateway,
        ):
            assert TOKEN not in repr(await outcome_of(gateway, a_place()))


async def test_closing_ends_what_is_under_way_as_unknown():
    arrived = asyncio.Event()

    async def never(reader, writer):
        await read_request(reader)
        arrived.set()
        await reader.read()

    async with serving(never) as server, a_gateway(server.port) as gateway:
        waiting = asyncio.get_running_loop().create_future()
        gateway.submit(a_place(), timeout_s=5, done=waiting.set_result)
        async with asyncio.timeout(2):
            await arrived.wait()
        await gateway.close()
        assert isinstance(await waiting, Unknown)
        outcome = await outcome_of(gateway, a_place())
        assert isinstance(outcome, Refused)
        assert outcome.kind is RefusalKind.NOT_SENT


async def test_a_compressed_answer_is_unfolded_and_a_bomb_is_not():
    small = gzip.compress(b'{"status":"success","data":{"order_id":"8"}}')
    bomb = gzip.compress(b'{"status":"success","data":{"order_id":"8"}}' + b" " * 10_000_000)
    encoded = "Content-Encoding: gzip\r\n"
    async with (
        serving(answering(http(200, small, head=encoded), http(200, bomb, head=encoded))) as server,
        a_gateway(server.port) as gateway,
    ):
        assert await outcome_of(gateway, a_place()) == Acked(order_id="8")
        assert isinstance(await outcome_of(gateway, a_place()), Unknown)


async def test_an_order_that_cannot_be_said_is_refused_without_a_byte():
    seen: list[bytes] = []
    async with serving(answering(acked(), seen=seen)) as server, a_gateway(server.port) as gateway:
        outcome = await outcome_of(gateway, a_place(quantity=0))
    assert isinstance(outcome, Refused)
    assert outcome.kind is RefusalKind.INPUT
    assert seen == []
