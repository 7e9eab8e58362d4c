"""A round is worth its figure only if every follower's order came, once, and is the right one."""

from urllib.parse import urlencode

import pytest

from bench.accounts import Client, group_of
from bench.broker.requests import Request
from bench.broker.rounds import Arrival, Round
from bench.order import fields_of


def an_arrival(*, at_ns: int = 2_000, tag: str | None = None, **changed: str) -> Arrival:
    fields = fields_of("BUY") | ({"tag": tag} if tag else {}) | changed
    body = urlencode(fields).encode()
    return Arrival(
        "1",
        Request(method="POST", target="/orders/regular", authorization="", body=body, at_ns=at_ns),
    )


def a_round(client: Client = Client.FLOOR) -> tuple[Round, list[str]]:
    group = group_of(client, 2)
    played = Round(group, "BUY")
    played.sent_ns = 1_000
    return played, [one.user_id for one in group.followers]


def test_the_last_of_all_orders_ends_the_round():
    played, (first, second) = a_round()

    assert played.take(first, an_arrival(at_ns=5_000))
    assert not played.all_came.is_set()
    assert played.take(second, an_arrival(at_ns=3_000))

    assert played.all_came.is_set()
    judged = played.judged(())
    assert judged.faults == ()
    assert (judged.first_us, judged.last_us, judged.arrived) == (2.0, 4.0, 2)


def test_a_missing_order_is_a_fault_and_gives_no_figure():
    played, (first, _) = a_round()
    played.take(first, an_arrival())

    judged = played.judged(())

    assert judged.last_us is None
    assert judged.faults == ("f2: 0 orders instead of one",)


def test_an_order_that_came_twice_is_a_fault():
    played, (first, second) = a_round()
    for user_id in (first, second, first):
        played.take(user_id, an_arrival())

    assert played.judged(()).faults == ("f1: 2 orders instead of one",)


@pytest.mark.parametrize(
    "changed",
    [{"transaction_type": "SELL"}, {"quantity": "11"}, {"market_protection": "0"}, {"price": "1"}],
)
def test_another_order_than_the_wanted_one_is_a_fault(changed):
    played, (first, second) = a_round()
    played.take(first, an_arrival())
    played.take(second, an_arrival(**changed))

    (fault,) = played.judged(()).faults
    assert fault.startswith("f2: not the order that was wanted")


@pytest.mark.parametrize("tags", [("KCAB1", None), ("KCAB1", "XY1"), ("KCAB1", "KCAB1")])
def test_the_program_owes_every_order_a_tag_of_its_own(tags):
    played, followers = a_round(Client.PROGRAM)
    for user_id, tag in zip(followers, tags, strict=True):
        played.take(user_id, an_arrival(tag=tag))

    (fault,) = played.judged(()).faults
    assert fault.startswith("f2: the tag")


def test_an_order_of_somebody_else_is_not_of_the_round():
    played, _ = a_round()

    assert not played.take(group_of(Client.LOOP, 1).followers[0].user_id, an_arrival())


def test_what_came_since_the_round_before_is_told_with_this_one():
    played, followers = a_round()
    for user_id in followers:
        played.take(user_id, an_arrival())

    assert played.judged(("f1: an order outside of the round",)).faults == (
        "f1: an order outside of the round",
    )
