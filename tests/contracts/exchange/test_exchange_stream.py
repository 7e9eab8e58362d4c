"""The stream over a real socket: framing, refusals, break-offs, silence, and TLS."""

import asyncio
import json
import ssl
from datetime import UTC, datetime, timedelta

import pytest
import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from demo.exchange.faults import Meets, Operation, SocketFault, SocketTrouble
from demo.exchange.server import ExchangeServer


def trade(exchange):
    return exchange.place_from_app(
        "MA0001", exchange="NSE", tradingsymbol="INFY", transaction_type="BUY", quantity=10,
        product="MIS",
    )  # fmt: skip


@pytest.fixture
def url(server, exchange):
    session = exchange.login("MA0001")
    return f"{server.ws_url}/ws?api_key={session.api_key}&access_token={session.access_token}"


async def next_status(stream):
    """Return the status of the next order frame; ticks and heartbeats are passed over."""
    async with asyncio.timeout(5):
        while True:
            frame = await stream.recv()
            if isinstance(frame, str):
                return json.loads(frame)["data"]["status"]


async def listen(stream, *, for_s):
    """Return what is heard for a while: three heartbeats long shows that there are none."""
    heard = []
    try:
        async with asyncio.timeout(for_s):
            while True:
                heard.append(await stream.recv())
    except TimeoutError:
        return heard


async def test_every_socket_of_a_user_hears_every_update(url, exchange):
    async with websockets.connect(url) as one, websockets.connect(url) as two:
        trade(exchange)
        for stream in (one, two):
            assert [await next_status(stream) for _ in range(2)] == ["OPEN", "COMPLETE"]


async def test_the_fourth_socket_is_refused_with_429_until_one_closes(url, exchange):
    freed = asyncio.Event()
    forget = exchange.sockets.forget
    exchange.sockets.forget = lambda socket: (forget(socket), freed.set())
    async with websockets.connect(url), websockets.connect(url):
        async with websockets.connect(url):
            with pytest.raises(websockets.InvalidStatus) as refused:
                await websockets.connect(url)
            assert refused.value.response.status_code == 429
        async with asyncio.timeout(5):
            await freed.wait()
        async with websockets.connect(url):
            pass


async def test_a_break_off_has_no_closing_handshake(url, exchange):
    async with websockets.connect(url) as stream:
        exchange.faults.add(
            SocketFault(
                meets=Meets(operation=Operation.FRAME),
                trouble=SocketTrouble.CLOSE,
                status_of_order="COMPLETE",
            )
        )
        trade(exchange)
        assert [await next_status(stream) for _ in range(2)] == ["OPEN", "COMPLETE"]
        with pytest.raises(websockets.ConnectionClosedError) as broken:
            await listen(stream, for_s=5)
        assert broken.value.rcvd is None


async def test_a_silent_socket_stays_open_and_says_nothing(url, exchange):
    async with websockets.connect(url) as stream:
        exchange.faults.add(
            SocketFault(meets=Meets(operation=Operation.BEAT), trouble=SocketTrouble.SILENT)
        )
        exchange.sockets.beat()
        # A heartbeat from before the silence may still be on its way.
        assert set(await listen(stream, for_s=0.15)) <= {b"\x00"}
        trade(exchange)
        assert await listen(stream, for_s=0.15) == []
        assert stream.state is websockets.State.OPEN


async def test_the_skin_steps_the_exchange_where_asked(exchange, clock):
    stepping = ExchangeServer(exchange, step_s=0.01)
    await stepping.start()
    try:
        done = asyncio.Event()
        exchange.agenda.at(clock() + timedelta(seconds=5), done.set)
        clock.advance(5)
        async with asyncio.timeout(5):
            await done.wait()
    finally:
        await stepping.stop()


@pytest.fixture
def tls(tmp_path):
    """Return (server context, client context) of a certificate made for this test."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    start = datetime.now(UTC) - timedelta(days=1)  # noqa: TID251 - TLS reads the real clock
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "certificate.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem)
    return serving, ssl.create_default_context(cafile=str(pem))


async def test_both_rest_and_stream_speak_tls(exchange, tls):
    serving, trusting = tls
    secure = ExchangeServer(exchange, beat_s=0.05)
    await secure.start(host="localhost", ssl_context=serving)
    try:
        assert secure.api_url.startswith("https://localhost:")
        session = exchange.login("MA0001")
        query = f"api_key={session.api_key}&access_token={session.access_token}"
        async with websockets.connect(f"{secure.ws_url}?{query}", ssl=trusting) as stream:
            async with asyncio.timeout(5):
                assert await stream.recv() == b"\x00"
        port = int(secure.api_url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("localhost", port, ssl=trusting)
        writer.write(b"GET /instruments/CDS HTTP/1.0\r\n\r\n")
        assert (await reader.readline()).split()[1] == b"200"
        writer.close()
        await writer.wait_closed()
    finally:
        await secure.stop()
