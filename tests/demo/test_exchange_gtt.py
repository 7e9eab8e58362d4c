"""GTTs: they wait, fire orders as the user's own, and may fail while they say triggered."""

import json

import pytest


def gtt(client, *, method="POST", path="/gtt/triggers", kind="single", triggers=(1500,), **order):
    asked = {
        "transaction_type": "BUY", "quantity": 5, "product": "CNC", "order_type": "LIMIT",
        "price": 1505,
    }  # fmt: skip
    return client.call(
        method,
        path,
        type=kind,
        condition=json.dumps(
            {
                "exchange": "NSE", "tradingsymbol": "INFY", "last_price": 1530,
                "trigger_values": list(triggers),
            }
        ),
        orders=json.dumps([asked | order for _ in triggers]),
    )  # fmt: skip


def place(client, **asked):
    reply = gtt(client, **asked)
    assert reply.status == 200, reply.body
    return reply.json()["data"]["trigger_id"]


def test_a_trigger_fires_an_order_that_is_the_users_own(exchange, father, frames):
    trigger_id = place(father)
    exchange.set_price("NSE", "INFY", "1501")
    assert father.get(f"/gtt/triggers/{trigger_id}")["status"] == "active"
    assert exchange.orders_of("FA0001") == []

    exchange.set_price("NSE", "INFY", "1500")

    (row,) = exchange.orders_of("FA0001")
    assert (row["order_type"], row["price"], row["status"]) == ("LIMIT", 1505.0, "COMPLETE")
    assert (row["placed_by"], row["tag"]) == ("FA0001", None)
    assert json.loads(row["meta_raw"]) == {"gtt": trigger_id}
    (shown,) = father.get("/gtt/triggers")
    assert shown["status"] == "triggered"
    assert shown["orders"][0]["result"]["order_result"] == {
        "status": "success", "order_id": row["order_id"], "rejection_reason": "",
    }  # fmt: skip
    assert [status for _, status, _ in frames] == ["OPEN", "COMPLETE"]
    assert exchange.ledger.order_writes("FA0001") == ()


def test_a_triggered_gtt_may_hide_a_failed_order(exchange, father):
    place(father)
    father.account.equity_funds *= 0
    exchange.set_price("NSE", "INFY", "1499")
    (shown,) = father.get("/gtt/triggers")
    assert shown["status"] == "triggered"
    result = shown["orders"][0]["result"]["order_result"]
    assert (result["status"], result["order_id"]) == ("failed", "")
    assert "Insufficient funds" in result["rejection_reason"]
    assert exchange.orders_of("FA0001") == []


@pytest.mark.parametrize(("price", "leg"), [("1480", 0), ("1580", 1)])
def test_of_two_legs_only_one_fires(exchange, father, price, leg):
    exchange.give_holding("FA0001", "INFY", 5)
    place(father, kind="two-leg", triggers=(1480, 1580), transaction_type="SELL", price=1470)
    exchange.set_price("NSE", "INFY", price)
    exchange.set_price("NSE", "INFY", "1580" if leg == 0 else "1480")
    assert len(exchange.orders_of("FA0001")) == 1
    (shown,) = father.get("/gtt/triggers")
    assert [order["result"] is None for order in shown["orders"]] == [leg == 1, leg == 0]


def test_a_trigger_is_modified_and_deleted(exchange, father, mother):
    trigger_id = place(father)
    path = f"/gtt/triggers/{trigger_id}"
    assert gtt(father, method="PUT", path=path, triggers=(1490,)).status == 200
    exchange.set_price("NSE", "INFY", "1495")
    assert father.get(path)["condition"]["trigger_values"] == [1490.0]
    assert mother.call("GET", path).status == 404
    assert mother.call("DELETE", path).status == 404
    assert father.call("DELETE", path).status == 200
    exchange.set_price("NSE", "INFY", "1480")
    assert father.get("/gtt/triggers") == []
    assert father.call("DELETE", path).status == 400
    assert exchange.orders_of("FA0001") == []


def test_a_trigger_expires_after_a_year(exchange, father, clock):
    place(father)
    clock.advance(365 * 24 * 3600)
    exchange.set_price("NSE", "INFY", "1500")
    assert exchange.orders_of("FA0001") == []
    father.log_in()
    assert father.get("/gtt/triggers")[0]["status"] == "expired"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"order_type": "MARKET"}, "only be LIMIT"),
        ({"product": "MIS"}, "Invalid `product`"),
        ({"triggers": (1530,)}, "same as the last price"),
        ({"kind": "two-leg", "triggers": (1540, 1580)}, "between the two"),
        ({"kind": "two-leg"}, "Invalid `trigger_values`"),
        ({"kind": "triple"}, "Invalid `type`"),
        ({"quantity": 0}, "Invalid `quantity`"),
        ({"price": "NaN"}, "Invalid `"),
    ],
)
def test_what_no_gtt_may_be_is_refused(father, asked, words):
    reply = gtt(father, **asked)
    assert reply.status == 400
    assert words in reply.json()["message"]
