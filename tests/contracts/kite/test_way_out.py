"""How an account's requests leave: told without a byte to the broker, and never with a password."""

import socket
import ssl

from engine.brokers.kite.dial import Dialler, Origin
from engine.brokers.kite.proxy import Proxy
from engine.core.values.proofs import WayOut
from engine.core.values.secrets import Secret


def a_dialler(url: str = "http://127.0.0.1:9", proxy: str = "") -> Dialler:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    way = Proxy.parse(Secret(proxy)) if proxy else None
    return Dialler(origin=Origin.parse(url), tls=context, proxy=way)


async def test_the_address_is_the_one_that_the_machine_sends_from_and_nothing_is_sent():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as broker:
        broker.bind(("127.0.0.1", 0))
        broker.settimeout(0)
        url = f"http://127.0.0.1:{broker.getsockname()[1]}"
        assert await a_dialler(url).way_out() == WayOut(address="127.0.0.1")
        try:
            heard = broker.recv(1)
        except BlockingIOError:
            heard = b""
    assert heard == b""


async def test_through_a_proxy_it_is_the_proxys_and_its_password_is_nowhere():
    way = await a_dialler(proxy="socks5://me:canary@127.0.0.2:1080").way_out()
    assert way == WayOut(proxied=True, address="127.0.0.2")
    assert "canary" not in repr(way)


async def test_a_name_that_cannot_be_resolved_is_an_address_that_is_not_known():
    too_long = "a" * 70
    assert await a_dialler(f"https://{too_long}").way_out() == WayOut()
    assert await a_dialler(proxy=f"http://{too_long}:1").way_out() == WayOut(proxied=True)


def test_only_an_address_of_the_internet_is_one_that_kite_can_see():
    known = {"203.0.114.7": True, "10.0.0.5": False, "127.0.0.1": False, "": False, "::1": False}
    assert {address: WayOut(address=address).is_public for address in known} == known
