"""The way to the broker: TLS that is always verified, and proxies."""

import asyncio
import base64
import socket

import pytest

from engine.brokers.kite.dial import Origin, address_family, tls_context
from engine.brokers.kite.proxy import Proxy
from engine.core.values.commands import Acked, RefusalKind, Refused
from engine.core.values.secrets import Secret
from tests.contracts.kite.kite_servers import (
    a_gateway,
    a_place,
    acked,
    answering,
    outcome_of,
    serving,
)


async def test_orders_go_over_tls_with_an_extra_authority(authority):
    seen: list[bytes] = []
    tls = tls_context(authority.ca_file)
    async with (
        serving(answering(acked(), seen=seen), tls=authority.server) as server,
        a_gateway(server.port, tls=tls) as gateway,
    ):
        await gateway.warm()
        for _ in range(5):
            assert isinstance(await outcome_of(gateway, a_place()), Acked)
    assert len(seen) == 5


async def test_a_tls_connection_the_server_closed_while_idle_is_never_used(authority):
    seen: list[bytes] = []
    tls = tls_context(authority.ca_file)
    async with (
        serving(answering(acked(), seen=seen), tls=authority.server) as server,
        a_gateway(server.port, tls=tls) as gateway,
    ):
        for _ in range(5):
            assert isinstance(await outcome_of(gateway, a_place()), Acked)
            server.abort()
            await asyncio.sleep(0)
    assert len(seen) == 5


async def test_an_untrusted_certificate_means_not_sent(authority):
    seen: list[bytes] = []
    async with (
        serving(answering(acked(), seen=seen), tls=authority.server) as server,
        a_gateway(server.port, tls=tls_context(None)) as gateway,
    ):
        outcome = await outcome_of(gateway, a_place())
    assert isinstance(outcome, Refused)
    assert outcome.kind is RefusalKind.NOT_SENT
    assert "certificate" in outcome.message
    assert seen == []


async def test_a_certificate_of_another_host_means_not_sent(make_authority):
    seen: list[bytes] = []
    other = make_authority("api.example.org")
    async with (
        serving(answering(acked(), seen=seen), tls=other.server) as server,
        a_gateway(server.port, tls=tls_context(other.ca_file)) as gateway,
    ):
        outcome = await outcome_of(gateway, a_place())
    assert isinstance(outcome, Refused)
    assert outcome.kind is RefusalKind.NOT_SENT
    assert seen == []


def test_orders_go_over_tls_on_uvloop_too(authority):
    uvloop = pytest.importorskip("uvloop")

    async def trade() -> int:
        tls = tls_context(authority.ca_file)
        async with (
            serving(answering(acked()), tls=authority.server) as server,
            a_gateway(server.port, tls=tls) as gateway,
        ):
            await gateway.warm()
            for _ in range(5):
                assert isinstance(await outcome_of(gateway, a_place()), Acked)
                server.hang_up()
                await asyncio.sleep(0)
            return server.connections

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(trade()) >= 5


def a_connect_proxy(*, answer: bytes, heads: list[bytes]):
    async def handler(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        heads.append(head)
        writer.write(answer)
        await writer.drain()
        if b" 200 " not in answer:
            return
        host, _, port = head.split(b" ")[1].decode().rpartition(":")
        await relay(reader, writer, host, int(port))

    return handler


async def relay(reader, writer, host, port):
    there_reader, there_writer = await asyncio.open_connection(host, port)

    async def pump(source, target):
        try:
            while data := await source.read(4096):
                target.write(data)
                await target.drain()
        except ConnectionError:
            pass
        finally:
            target.close()

    async with asyncio.TaskGroup() as group:
        group.create_task(pump(reader, there_writer))
        group.create_task(pump(there_reader, writer))


async def test_orders_leave_through_a_connect_proxy_inside_tls(authority):
    heads: list[bytes] = []
    seen: list[bytes] = []
    opened = b"HTTP/1.1 200 Connection established\r\n\r\n"
    async with (
        serving(answering(acked(), seen=seen), tls=authority.server) as server,
        serving(a_connect_proxy(answer=opened, heads=heads)) as proxy,
        a_gateway(
            server.port,
            tls=tls_context(authority.ca_file),
            proxy=f"http://asha:p%40ss@127.0.0.1:{proxy.port}",
        ) as gateway,
    ):
        for _ in range(3):
            assert isinstance(await outcome_of(gateway, a_place()), Acked)
        assert proxy.connections == 1
    assert heads[0].startswith(f"CONNECT 127.0.0.1:{server.port} HTTP/1.1\r\n".encode())
    assert b"Basic " + base64.b64encode(b"asha:p@ss") in heads[0]
    assert len(seen) == 3


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"",
    ],
    ids=["407", "502", "speaks out of turn", "nonsense", "nothing"],
)
async def test_a_proxy_that_refuses_means_not_sent(answer):
    heads: list[bytes] = []
    async with (
        serving(
            a_connect_proxy(answer=answer.replace(b" 200 OK", b" 201 OK"), heads=heads)
        ) as proxy,
        a_gateway(9, proxy=f"http://asha:hiddenword@127.0.0.1:{proxy.port}") as gateway,
    ):
        outcome = await outcome_of(gateway, a_place())
    assert isinstance(outcome, Refused)
    assert outcome.kind is RefusalKind.NOT_SENT
    assert "hiddenword" not in outcome.message


def a_socks_proxy(*, logins: list[tuple[bytes, bytes]], reply: int = 0):
    async def handler(reader, writer):
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        writer.write(bytes([5, methods[0]]))
        if methods[0] == 2:
            (_, length) = await reader.readexactly(2)
            user = await reader.readexactly(length)
            password = await reader.readexactly((await reader.readexactly(1))[0])
            logins.append((user, password))
            writer.write(b"\x01\x00")
        _, _, _, kind = await reader.readexactly(4)
        assert kind == 1
        host = socket.inet_ntoa(await reader.readexactly(4))
        port = int.from_bytes(await reader.readexactly(2), "big")
        writer.write(bytes([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]))
        if reply == 0:
            await relay(reader, writer, host, port)

    return handler


async def test_orders_leave_through_a_socks_proxy():
    logins: list[tuple[bytes, bytes]] = []
    async with (
        serving(answering(acked())) as server,
        serving(a_socks_proxy(logins=logins)) as proxy,
        a_gateway(server.port, proxy=f"socks5://asha:word@127.0.0.1:{proxy.port}") as gateway,
    ):
        assert isinstance(await outcome_of(gateway, a_place()), Acked)
    assert logins == [(b"asha", b"word")]


async def test_a_socks_proxy_that_cannot_connect_means_not_sent():
    async with (
        serving(a_socks_proxy(logins=[], reply=5)) as proxy,
        a_gateway(9, proxy=f"socks5://127.0.0.1:{proxy.port}") as gateway,
    ):
        outcome = await outcome_of(gateway, a_place())
    assert isinstance(outcome, Refused)
    assert outcome.kind is RefusalKind.NOT_SENT


def test_other_machines_are_reached_over_ipv4_and_tls_only():
    assert address_family("api.kite.trade") == socket.AF_INET
    assert address_family("127.0.0.1") == address_family("localhost") == socket.AF_UNSPEC
    with pytest.raises(ValueError, match="plain http"):
        Origin.parse("http://api.kite.trade")
    assert Origin.parse("https://api.kite.trade") == Origin(
        host="api.kite.trade", port=443, tls=True
    )


@pytest.mark.parametrize(
    "url", ["ftp://x:1", "https://proxy:1", "proxy:3128", "http://:1", "http://h:x"]
)
def test_a_proxy_address_that_cannot_be_used_is_refused_without_quoting_it(url):
    with pytest.raises(ValueError, match="proxy") as caught:
        Proxy.parse(Secret(url))
    assert url not in str(caught.value)
