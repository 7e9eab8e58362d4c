"""Whether a server has hung up or spoken is asked of the kernel for all connections of a burst at once."""

import select
import socket

import pytest

from engine.brokers.kite import ears as ears_module
from engine.brokers.kite.ears import LISTEN_S, Ears
from engine.core.values.commands import Acked
from tests.contracts.kite.kite_servers import (
    a_gateway,
    a_place,
    acked,
    outcome_of,
    read_request,
    serving,
)


class Counter:
    """A monotonic clock that is moved by hand."""

    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def pairs():
    made = [socket.socketpair() for _ in range(4)]
    yield made
    for ours, theirs in made:
        ours.close()
        theirs.close()


def listening(pairs, clock: Counter, *, for_s: float = LISTEN_S) -> Ears:
    ears = Ears(clock, for_s=for_s)
    for ours, _ in pairs:
        ears.add(ours.fileno())
    return ears


def heard(ears: Ears, pairs) -> list[bool]:
    return [ears.heard(ours.fileno()) for ours, _ in pairs]


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="other systems look at each socket")
def test_one_look_holds_a_millisecond_for_all_and_no_longer(pairs):
    clock = Counter()
    ears = listening(pairs, clock)
    assert heard(ears, pairs) == [False] * 4
    pairs[1][1].send(b"x")
    pairs[2][1].close()
    clock.seconds += LISTEN_S * 0.9
    assert heard(ears, pairs) == [False] * 4
    clock.seconds += LISTEN_S * 0.2
    assert heard(ears, pairs) == [False, True, True, False], "bytes and an end alike"


@pytest.mark.parametrize("epoll", [True, False])
def test_without_a_time_every_question_is_asked_of_the_kernel(pairs, monkeypatch, epoll):
    if not epoll:
        monkeypatch.delattr(select, "epoll", raising=False)
    ears = listening(pairs, Counter(), for_s=0.0)
    assert heard(ears, pairs) == [False] * 4
    pairs[3][1].close()
    assert heard(ears, pairs) == [False, False, False, True]
    pairs[3][0].close()
    assert heard(ears, pairs[:3]) == [False] * 3, "a closed socket is forgotten by itself"


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="other systems look at each socket")
def test_where_more_have_something_to_read_than_one_look_names_all_are_read(pairs, monkeypatch):
    monkeypatch.setattr(ears_module, "_MOST", 2)
    ears = listening(pairs, Counter(), for_s=0.0)
    pairs[0][1].send(b"x")
    assert heard(ears, pairs) == [True, False, False, False]
    pairs[1][1].send(b"x")
    pairs[2][1].send(b"x")
    assert heard(ears, pairs) == [True] * 4


def test_where_nothing_can_be_asked_the_loop_is_waited_for(pairs, monkeypatch):
    monkeypatch.delattr(select, "epoll", raising=False)
    monkeypatch.delattr(select, "poll", raising=False)
    ears = listening(pairs, Counter(), for_s=0.0)
    pairs[0][1].close()
    assert heard(ears, pairs) == [False] * 4


async def test_a_server_that_hangs_up_with_its_answer_gets_no_further_order_there():
    """However short ago the kernel was asked for the orders of others."""

    async def once(reader, writer) -> None:
        await read_request(reader)
        writer.write(acked())
        writer.close()

    ears = Ears(Counter(), for_s=LISTEN_S)
    async with serving(once) as server, a_gateway(server.port, ears=ears) as gateway:
        await gateway.warm()
        for _ in range(5):
            assert isinstance(await outcome_of(gateway, a_place()), Acked)
