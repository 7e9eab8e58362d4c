"""The Date of the broker's answers against our clock: never more than is surely wrong."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from engine.brokers.kite.reads import KiteReader
from engine.brokers.kite.server_date import clock_ahead
from engine.core.values.market import IST
from tests.contracts.kite.kite_servers import (
    FrozenClock,
    a_wire,
    answering,
    http,
    serving,
    some_credentials,
)

AT = datetime(2026, 11, 18, 10, 0, 0, tzinfo=IST)


def dated(at: datetime) -> bytes:
    return format_datetime(at.astimezone(UTC), usegmt=True).encode()


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("asked", "answered", "ahead"),
    [
        (0.0, 0.1, 0.0),
        (0.9, 1.0, 0.0),
        (-0.9, 6.0, 0.0),
        (5.0, 5.1, 4.0),
        (-8.0, -3.0, -3.0),
    ],
    ids=["right", "a whole second", "a slow answer", "ahead", "behind"],
)
def test_the_clock_is_called_wrong_only_by_what_no_delay_explains(asked, answered, ahead):
    found = clock_ahead(dated(AT), asked_at=AT + s(asked), answered_at=AT + s(answered))
    assert found == s(ahead)


@pytest.mark.parametrize(
    "date",
    [
        b"",
        b"now",
        b"\xff\x00",
        b"Wed, 99 Nov 2026 99:00:00 GMT",
        b"Wed, 18 Nov 2026 10:00:00 -0000",
    ],
)
def test_what_is_no_date_says_nothing(date):
    assert clock_ahead(date, asked_at=AT, answered_at=AT) is None


def test_a_clock_that_was_set_back_while_the_answer_came_says_nothing():
    assert clock_ahead(dated(AT), asked_at=AT + s(60), answered_at=AT) is None


@pytest.mark.parametrize("status", [200, 502])
async def test_every_answer_to_a_read_tells_of_the_clock(status):
    clock, told = FrozenClock(), []
    head = f"Date: {dated(clock.now() - s(40)).decode()}\r\n"
    answer = http(status, {"status": "success", "data": []}, head=head)
    async with serving(answering(answer)) as server:
        wire = a_wire(server.port)
        reader = KiteReader(
            wire, some_credentials(), clock=clock, on_fault=print, on_clock=told.append
        )
        try:
            if status == 200:
                assert await reader.orders() == ()
            else:
                with pytest.raises(Exception, match="502"):
                    await reader.orders()
        finally:
            await wire.close()
    assert told
    assert s(38) <= told[0] <= s(40)
