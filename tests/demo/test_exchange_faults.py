"""Faults as data: what the client is told, what is booked, and when it shows."""

import pytest

from demo.exchange.faults import (
    TIMED_OUT,
    Answer,
    Booking,
    Meets,
    Operation,
    ReadFault,
    View,
    WriteFault,
    answer_lost,
    late_in_book,
    never_arrives,
    refused,
    server_error,
    timed_out,
)
from demo.exchange.sessions import token_is_dead
from demo.exchange.wire import Drop, KiteError

PLACE = Meets(user_id="FA0001", operation=Operation.PLACE)


@pytest.mark.parametrize(
    ("answer", "drop"),
    [
        (Answer.LOST, Drop.HANG),
        (Answer.CLOSED, Drop.CLOSE),
        (Answer.RESET, Drop.RESET),
        (Answer.CUT, Drop.MID_BODY),
    ],
)
@pytest.mark.parametrize("booked", [True, False])
def test_an_answer_can_be_lost_with_the_order_booked_or_not(exchange, father, answer, drop, booked):
    exchange.faults.add((answer_lost if booked else never_arrives)(PLACE, answer=answer))

    reply = father.order(tag="KC1")

    assert reply.drop is drop
    assert len(exchange.orders_of("FA0001")) == booked
    (record,) = exchange.ledger.by_tag("KC1")
    assert record.booked is booked
    assert record.fault == f"booking {'now' if booked else 'never'}, answer {answer}"


@pytest.mark.parametrize(
    "error",
    [
        KiteError(429, "NetworkException", "Too many requests"),
        token_is_dead(),
        KiteError(403, "PermissionException", "IP (x) is not allowed to place orders."),
        KiteError(400, "MarginException", "Insufficient funds."),
    ],
    ids=lambda error: f"{error.status} {error.error_type}",
)
def test_any_refusal_can_be_given_without_booking(exchange, father, error):
    exchange.faults.add(refused(PLACE, error))
    reply = father.order()
    assert (reply.status, reply.json()["error_type"]) == (error.status, error.error_type)
    assert exchange.orders_of("FA0001") == []
    assert father.order().status == 200


@pytest.mark.parametrize("html", [True, False])
@pytest.mark.parametrize("booked", [True, False])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_can_hide_either_outcome(exchange, father, status, booked, html):
    exchange.faults.add(server_error(PLACE, status=status, booked=booked, html=html))
    reply = father.order()
    assert reply.status == status
    assert ("html" in reply.headers["Content-Type"]) is html
    assert len(exchange.orders_of("FA0001")) == booked


def test_timed_out_with_http_400_can_be_booked_eight_seconds_later(exchange, father, clock):
    exchange.faults.add(timed_out(PLACE, booked_after_s=8))

    reply = father.order(tag="KC1")
    assert (reply.status, reply.json()["message"]) == (400, TIMED_OUT)
    clock.advance(7.9)
    exchange.step()
    assert father.get("/orders") == []
    assert not exchange.ledger.by_tag("KC1")[0].booked

    clock.advance(0.1)
    exchange.step()

    assert [row["tag"] for row in father.get("/orders")] == ["KC1"]
    assert exchange.ledger.by_tag("KC1")[0].booked


def test_timed_out_with_http_400_can_also_mean_never(exchange, father, clock):
    exchange.faults.add(timed_out(PLACE, booked_after_s=None))
    assert father.order().status == 400
    clock.advance(600)
    exchange.step()
    assert father.get("/orders") == []


def test_a_late_order_works_at_once_but_shows_later(exchange, father, clock):
    exchange.faults.add(late_in_book(PLACE, seconds=90))

    order_id = father.market(tag="KC1")

    assert exchange.net_positions("FA0001") == {("NSE", "INFY", "CNC"): 1}
    assert father.get("/orders") == father.get("/trades") == []
    assert father.call("GET", f"/orders/{order_id}").status == 400
    clock.advance(90)
    assert [row["status"] for row in father.get("/orders")] == ["COMPLETE"]
    assert len(father.get("/trades")) == 1


@pytest.mark.parametrize(("answer", "body"), [(Answer.EMPTY, b""), (Answer.TRUNCATED, None)])
def test_a_success_can_arrive_without_sense(exchange, father, answer, body):
    exchange.faults.add(WriteFault(meets=PLACE, answer=answer))
    reply = father.order()
    assert reply.status == 200
    assert body is None or reply.body == body
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        reply.json()


def test_an_acknowledged_order_can_be_missing_for_ever(exchange, father):
    exchange.faults.add(WriteFault(meets=PLACE, booking=Booking.NEVER))
    order_id = father.order().json()["data"]["order_id"]
    assert father.call("GET", f"/orders/{order_id}").json()["error_type"] == "OrderException"


@pytest.mark.parametrize("operation", [Operation.CANCEL, Operation.MODIFY])
def test_a_fill_can_overtake_a_request_that_was_accepted(exchange, father, operation):
    order_id = father.place(quantity=10)
    exchange.faults.add(WriteFault(meets=Meets(operation=operation), fills_first=True))

    modifying = operation is Operation.MODIFY
    reply = father.modify(order_id, price="1490") if modifying else father.cancel(order_id)

    assert reply.status == 200
    row = father.row(order_id)
    assert (row["status"], row["average_price"]) == ("COMPLETE", 1500.0)


def test_a_fault_meets_the_nth_call_as_often_as_it_says(exchange, father):
    exchange.faults.add(never_arrives(Meets(operation=Operation.PLACE, nth=2, times=2)))
    drops = [father.order().drop for _ in range(5)]
    assert drops == [Drop.NONE, Drop.HANG, Drop.HANG, Drop.NONE, Drop.NONE]
    assert len(exchange.faults.struck) == 2


def test_a_fault_meets_one_account_one_tag_and_a_span_of_time(exchange, father, mother, clock):
    start = clock()
    exchange.faults.add(
        never_arrives(
            Meets(user_id="FA0001", tag="KC1", times=None, after=start.replace(second=5),
                  until=start.replace(second=10))
        )
    )  # fmt: skip
    assert father.order(tag="KC1").drop is Drop.NONE
    clock.advance(5)
    assert father.order(tag="KC1").drop is Drop.HANG
    assert father.order(tag="KC2").drop is Drop.NONE
    assert mother.order(tag="KC1").drop is Drop.NONE
    clock.advance(5)
    assert father.order(tag="KC1").drop is Drop.NONE


def orders_read(view, **more):
    return ReadFault(meets=Meets(operation=Operation.ORDERS, times=None), view=view, **more)


def test_a_book_can_be_empty_partial_or_without_tags(exchange, father):
    for number in range(4):
        father.place(tag=f"KC{number}")
    for view, tags in (
        (View.EMPTY, []),
        (View.PARTIAL, ["KC0", "KC1"]),
        (View.NO_TAGS, [None] * 4),
        (View.TRUE, ["KC0", "KC1", "KC2", "KC3"]),
    ):
        exchange.faults.clear()
        exchange.faults.add(orders_read(view))
        assert [row["tag"] for row in father.get("/orders")] == tags


def test_a_stale_book_shows_the_past(exchange, father, clock):
    order_id = father.place()
    clock.advance(5)
    exchange.set_price("NSE", "INFY", "1500")
    father.place(tag="KC2")
    clock.advance(1)
    exchange.faults.add(orders_read(View.STALE, seconds=3))

    assert [(row["order_id"], row["status"]) for row in father.get("/orders")] == [
        (order_id, "OPEN")
    ]
    clock.advance(3)
    assert [row["status"] for row in father.get("/orders")] == ["COMPLETE", "COMPLETE"]


def test_positions_can_be_frozen_while_placement_works(exchange, father, clock):
    father.market(quantity=3)
    clock.advance(1)
    exchange.faults.add(
        ReadFault(
            meets=Meets(operation=Operation.POSITIONS, times=None, after=clock()), view=View.STALE
        )
    )
    clock.advance(60)
    father.market(quantity=4)
    assert [row["quantity"] for row in father.get("/portfolio/positions")["net"]] == [3]
    assert exchange.net_positions("FA0001") == {("NSE", "INFY", "CNC"): 7}


def test_a_read_can_fail_like_a_write(exchange, father):
    exchange.faults.add(
        ReadFault(meets=Meets(operation=Operation.ORDERS), answer=Answer.HTML, status=504)
    )
    assert father.call("GET", "/orders").status == 504
    assert father.get("/orders") == []
