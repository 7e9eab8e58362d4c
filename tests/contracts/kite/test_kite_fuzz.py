"""Garbage on the socket and in answers: 20,000 of each, drawn from seeds. Nothing breaks, nothing is believed."""

import json
import random
from collections.abc import Iterator

import pytest

from engine.brokers.kite.frames import FrameReader
from engine.brokers.kite.reads import KiteReader
from engine.brokers.kite.replies import Request, Response
from engine.brokers.kite.ticks import ListedName
from engine.core.values.events import Faulted, RowHinted
from engine.core.values.market import MASTER
from engine.errors import BrokerError
from engine.feed import Feed
from engine.ports import OrderHint, StreamDown, StreamUp
from engine.prices import PriceBoard
from tests.contracts.kite.kite_servers import ROW, FrozenClock, some_credentials
from tests.contracts.kite.test_kite_stream import hold, streaming, ws_server

FRAMES = BODIES = 20_000
ORDER = json.dumps({"type": "order", "data": ROW | {"user_id": "AB1234"}})
#: Words that hurt: numbers out of every range, wrong types, deep nests, other scripts.
_HURTFUL = (
    None, True, -1, 0, 2**63, 10**40, 1e308, -0.0, "", "NaN", "-1", "1e9", "\x00", "💥", [], {}, [[]],
    {"type": "order"}, "9" * 400, "2026-13-45 99:99:99", "COMPLETE", "<b>", "order", "error",
)  # fmt: skip


def hurt(rng: random.Random, value: object) -> object:
    """Return a value with one place of it replaced, dropped or doubled."""
    if isinstance(value, dict) and value and rng.random() < 0.8:
        key = rng.choice(sorted(value))
        if rng.random() < 0.2:
            return {k: v for k, v in value.items() if k != key}
        return value | {key: hurt(rng, value[key])}
    if isinstance(value, list) and value and rng.random() < 0.8:
        return [hurt(rng, value[0]), *value[1:], *value[: rng.randint(0, 1)]]
    return rng.choice(_HURTFUL)


def broken(rng: random.Random, data: bytes) -> bytes:
    """Return bytes cut, changed in places, or wholly made up."""
    kind = rng.randrange(4)
    if kind == 0:
        return data[: rng.randrange(len(data))]
    if kind == 1:
        return rng.randbytes(rng.randint(0, 400))
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed) if kind == 2 else bytes(changed) + rng.randbytes(20)


def frames(seed: int, count: int) -> Iterator[str | bytes]:
    """Yield frames: of no sense at all, orders with a thing or two wrong, ticks of any bytes."""
    rng = random.Random(seed)
    for _ in range(count):
        match rng.randrange(5):
            case 0:
                yield broken(rng, ORDER.encode()).decode("utf-8", "replace")
            case 1:
                yield json.dumps(hurt(rng, json.loads(ORDER)))
            case 2:
                yield rng.randbytes(rng.choice((0, 1, 2, 3, 8, 44, 184, 190)))
            case 3:
                packet = rng.randbytes(rng.choice((8, 28, 44, 184)))
                length = len(packet) + rng.choice((-1, 0, 0, 0, 500))
                yield rng.randint(0, 3).to_bytes(2, "big") + length.to_bytes(2, "big") + packet
            case _:
                kind = rng.choice(("message", "instruments_meta", "ORDER", "", "order ", "x" * 300))
                yield json.dumps({"type": kind, "data": rng.choice(_HURTFUL)})


def reader() -> FrameReader:
    return FrameReader(
        some_credentials(), clock=FrozenClock(), find_name=lambda _: ListedName("NSE", "INFY")
    )


def garbage_of(frame: str | bytes) -> bool:
    """Return whether a frame is not even an order with its id, status and quantity in order."""
    if isinstance(frame, bytes):
        return True
    try:
        data = json.loads(frame)["data"]
        named = all(
            str(data[key] if data[key] is not None else "") for key in ("order_id", "status")
        )
        return not (named and 0 <= int(data["quantity"]) < 2**63)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        return True


class Heard:
    """A feed above a reader, and what it offered."""

    def __init__(self) -> None:
        self.offered: list[object] = []
        self.feed = Feed(
            MASTER, self, clock=FrozenClock(), prices=PriceBoard(), offer=self.offered.append
        )
        self.reader = reader()

    async def run(self, sink) -> None:
        self.sink = sink

    def watch(self, tokens) -> None:
        """Nothing is watched."""

    def say(self, frame: str | bytes) -> None:
        event = self.reader.read(frame)
        if event is not None:
            self.sink(event)


async def test_row_21_no_frame_raises_or_is_believed_and_every_one_is_counted():
    heard = Heard()
    await heard.feed.run()
    believed = 0
    for frame in frames(1, FRAMES):
        before = len(heard.offered)
        counted = heard.feed.malformed + heard.feed.unknown
        heard.say(frame)
        hints = [each for each in heard.offered[before:] if isinstance(each, RowHinted)]
        believed += len(hints)
        assert not (hints and garbage_of(frame)), frame
        text = isinstance(frame, str)
        assert not text or hints or heard.feed.malformed + heard.feed.unknown == counted + 1, frame
    assert heard.feed.malformed > FRAMES / 5
    assert heard.feed.unknown > FRAMES / 10
    assert 0 < believed < FRAMES / 5, "orders whose fault is in what does not matter"
    told = [each for each in heard.offered if isinstance(each, Faulted)]
    assert len(told) == 1, "once a run and account"
    assert "could not be read" in told[0].text


async def test_the_connection_survives_them_all():
    async def handler(socket):
        for frame in frames(2, FRAMES):
            await socket.send(frame)
        await socket.send(json.dumps({"type": "order", "data": ROW | {"order_id": "LAST"}}))
        await hold(socket)

    async with ws_server(handler) as port, streaming(port) as running:
        watcher = running.watcher
        while not any(hint.row.order_id == "LAST" for hint in watcher.all(OrderHint)):
            await watcher.wait(OrderHint, count=len(watcher.all(OrderHint)) + 1)
    assert len(watcher.all(StreamUp)) == 1
    assert not watcher.all(StreamDown)


BOOK = {"status": "success", "data": [ROW, ROW | {"order_id": "2"}]}
MONEY = {"status": "success", "data": {"equity": {"net": 1.5, "available": {"live_balance": 2}}}}
PLACES = {
    "status": "success",
    "data": {"net": [{"tradingsymbol": "INFY", "exchange": "NSE", "product": "MIS", "quantity": 5}]},
}  # fmt: skip
BASKET = {
    "status": "success",
    "data": {"final": {"total": 45000.5}, "initial": {"total": 197528.25}},
}
#: What a read is told besides.
TOLD = {"basket_margin": {"legs": (), "timeout_s": 1}}
READS = {
    "basket_margin": BASKET, "orders": BOOK, "fills": BOOK, "positions": PLACES, "holdings": BOOK, "funds": MONEY, "profile": MONEY,
}  # fmt: skip


class Answering:
    """A wire that gives the answers it is told to."""

    def __init__(self) -> None:
        self.response = Response(status=200)

    async def ask(self, _request: Request, **_: object) -> Response:
        return self.response


@pytest.mark.parametrize("method", READS)
async def test_no_answer_raises_anything_but_an_error_that_says_what_to_do(method):
    rng = random.Random(f"3:{method}")
    wire, faults = Answering(), []
    account = KiteReader(wire, some_credentials(), clock=FrozenClock(), on_fault=faults.append)
    refused, problems = 0, []
    for _ in range(BODIES // len(READS)):
        whole = json.dumps(READS[method]).encode()
        nonsense = rng.random() < 0.5
        body = broken(rng, whole) if nonsense else json.dumps(hurt(rng, READS[method])).encode()
        status = rng.choice((200, 200, 200, 400, 403, 429, 500, 502, 302, 418))
        content_type = rng.choice(("application/json", "application/json", "text/html", ""))
        date = rng.choice((b"", rng.randbytes(12), b"Wed, 18 Nov 2026 04:30:00 GMT"))
        wire.response = Response(status=status, content_type=content_type, date=date, body=body)
        faults.clear()
        try:
            found = await getattr(account, method)(**TOLD.get(method, {}))
        except BrokerError as error:
            refused += 1
            lines = str(error).splitlines()
            problems += [] if len(lines) == 1 else [str(error)]
            continue
        assert status == 200, "only 200 is an answer"
        if isinstance(found, tuple):
            listed = json.loads(body.decode("utf-8", "replace"))["data"]
            listed = listed["net"] if method == "positions" else listed
            assert len(found) + len(faults) >= len(listed), "a row that was lost was not told"
    assert not problems, "an error is one line"
    assert refused > BODIES / len(READS) / 2
