"""The benchmark's broker: nothing that it did not ask for goes unseen."""

import json
from urllib.parse import urlencode

import pytest

from bench.accounts import Account, Client, group_of
from bench.broker.desk import Desk
from bench.broker.requests import Answer, Request
from bench.messages import Look
from bench.order import fields_of
from engine.clock import SystemClock

GROUP = group_of(Client.FLOOR, 2)


@pytest.fixture
def desk() -> Desk:
    clock = SystemClock()
    return Desk((GROUP,), clock=clock, today=clock.now().date())


def asked(desk: Desk, method: str, target: str, account: Account, **fields: str) -> Answer:
    return desk.answer(
        Request(
            method=method,
            target=target,
            authorization=account.authorization,
            body=urlencode(fields).encode(),
            at_ns=0,
        )
    )


def test_an_order_outside_of_any_round_is_told_at_the_next_look_and_once(desk):
    asked(desk, "POST", "/orders/regular", GROUP.followers[1], **fields_of("BUY"))

    (fault,) = desk.look(Look(client=Client.FLOOR), connections=0).faults
    assert fault.startswith("f2: an order outside of the round")
    assert desk.look(Look(client=Client.FLOOR), connections=0).faults == ()


def test_a_cancel_comes_too_late_and_is_counted(desk):
    answer = asked(desk, "DELETE", "/orders/regular/17", GROUP.followers[0])

    assert answer.status.startswith("400")
    assert json.loads(answer.body)["error_type"] == "OrderException"
    seen = desk.look(Look(client=Client.FLOOR), connections=0)
    assert (seen.other_writes, seen.faults) == (1, ())


def test_what_the_broker_does_not_know_is_a_fault_and_no_silence(desk):
    assert asked(desk, "POST", "/orders/amo", GROUP.followers[0]).status.startswith("404")

    assert desk.look(Look(client=Client.FLOOR), connections=0).faults == (
        "f1: nobody expected POST /orders/amo",
    )


def test_nobody_without_a_session_gets_anything(desk):
    stranger = group_of(Client.LOOP, 1).followers[0]

    for method, target in (("GET", "/orders"), ("POST", "/orders/regular")):
        assert asked(desk, method, target, stranger).status.startswith("403")
