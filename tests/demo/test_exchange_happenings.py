"""Events as data: each happens as its method does, now or later, and stays on record."""

from datetime import timedelta
from decimal import Decimal
from typing import get_args

import pytest

from demo.exchange import happenings as it
from demo.exchange.accounts import Plan
from demo.exchange.happen import happen, happen_at
from demo.exchange.lags import positions_lag
from demo.exchange.matching import Side
from demo.exchange.restrictions import Restriction

INFY = {"exchange": "NSE", "tradingsymbol": "INFY"}


def statuses(client):
    return [row["status"] for row in client.exchange.orders_of(client.user_id)]


def test_a_plan_of_a_day_is_data_and_the_same_plan_makes_the_same_day(exchange, father, clock):
    plan = (
        (60, it.PriceMoves(**INFY, price=Decimal(1500))),
        (120, it.SquareOff(user_id="FA0001")),
        (180, it.DayEnds()),
    )
    father.place(product="MIS", price="1510")
    father.place(product="CNC", price="1400")
    for seconds, what in plan:
        happen_at(exchange, clock() + timedelta(seconds=seconds), what)
    exchange.step()
    assert exchange.happened == []
    for _ in plan:
        clock.advance(60)
        exchange.step()
    assert [what for _, what in exchange.happened] == [what for _, what in plan]
    assert exchange.happened[0][0] == clock() - timedelta(seconds=120)
    assert statuses(father) == ["COMPLETE", "CANCELLED", "COMPLETE"]
    assert exchange.orders_of("FA0001")[2]["placed_by"] == "RMS"


def test_a_happening_is_a_value(exchange):
    one, same = (it.SquareOff(exchange="NSE") for _ in range(2))
    assert one == same
    assert len({one, same}) == 1
    for kind in get_args(it.Happening):
        assert kind.__dataclass_params__.frozen, kind
        assert kind.__hash__ is not None, kind


def test_the_market_opens_moves_thins_out_and_locks(exchange, father):
    father.call("POST", "/orders/amo", **INFY, transaction_type="BUY", quantity=1, product="CNC",
                order_type="LIMIT", price="1500")  # fmt: skip
    happen(exchange, it.MarketOpens(exchange="NSE"))
    assert statuses(father) == ["OPEN"]
    happen(exchange, it.DepthChanges(**INFY, quantity=0))
    happen(exchange, it.PriceMoves(**INFY, price=Decimal(1500)))
    assert statuses(father) == ["OPEN"]
    happen(exchange, it.DepthChanges(**INFY, quantity=None))
    assert statuses(father) == ["COMPLETE"]
    happen(exchange, it.CircuitLocks(**INFY, upper=False))
    father.place(transaction_type="SELL", price="1377")
    father.place(price="1377")
    assert statuses(father) == ["COMPLETE", "OPEN", "COMPLETE"]


def test_a_restriction_is_laid_on_and_lifted(exchange, father):
    for restriction, order in (
        (Restriction.NO_MARKET, {"order_type": "MARKET", "price": None, "market_protection": -1}),
        (Restriction.NO_TRADES, {"order_type": "MARKET", "price": None, "market_protection": -1}),
        (Restriction.NO_INTRADAY, {"product": "MIS"}),
    ):
        happen(exchange, it.ContractRestricted(**INFY, restriction=restriction))
        assert father.order(**order).status == 400
        happen(exchange, it.ContractRestricted(**INFY, restriction=restriction, lifted=True))
        assert father.order(**order).status == 200


def test_the_exchange_cancels_what_rests(exchange, father, mother):
    father.place()
    mother.place()
    happen(exchange, it.RestingCancelled(user_id="FA0001", message="Cancelled by exchange"))
    assert statuses(father) == ["CANCELLED"]
    assert exchange.orders_of("FA0001")[0]["status_message"] == "Cancelled by exchange"
    assert statuses(mother) == ["OPEN"]


def test_a_dealer_places_an_order_that_does_not_say_it_was_the_client(exchange, father, frames):
    sale = it.DealerTrades(user_id="FA0001", **INFY, side=Side.SELL, quantity=3, product="MIS")
    happen(exchange, sale)
    happen(exchange, it.DealerTrades(user_id="FA0001", **INFY, side=Side.BUY, quantity=3,
                                     product="MIS", price=Decimal(1500), dealer="D123"))  # fmt: skip
    rows = exchange.orders_of("FA0001")
    assert [(row["placed_by"], row["order_type"], row["status"]) for row in rows] == [
        ("DEALER", "LIMIT", "COMPLETE"), ("D123", "LIMIT", "OPEN"),
    ]  # fmt: skip
    assert [status for _, status, _ in frames] == ["OPEN", "COMPLETE", "OPEN"]
    assert exchange.ledger.order_writes(origin=None) == ()


def test_a_position_is_converted_and_adjusted_without_an_order(exchange, father, clock, frames):
    exchange.carry_position("FA0001", ("NSE", "INFY", "MIS"), 10, 1500)
    clock.advance(10)
    happen(exchange, it.PositionConverted(user_id="FA0001", **INFY, old_product="MIS",
                                          new_product="CNC", quantity=4, overnight=True))  # fmt: skip
    clock.advance(10)
    happen(exchange, it.PositionAdjusted(user_id="FA0001", **INFY, product="MIS", quantity=30,
                                         price=Decimal(300)))  # fmt: skip
    assert exchange.net_positions("FA0001") == {
        ("NSE", "INFY", "MIS"): 30, ("NSE", "INFY", "CNC"): 4,
    }  # fmt: skip
    net = {row["product"]: row for row in father.get("/portfolio/positions")["net"]}
    assert net["MIS"]["average_price"] == 300
    assert exchange.orders_of("FA0001") == frames == []


@pytest.mark.parametrize(("ago", "held"), [(4, {"MIS": 30, "CNC": 4}), (14, {"MIS": 6, "CNC": 4}),
                                           (24, {"MIS": 10, "CNC": 0})])  # fmt: skip
def test_a_read_that_is_behind_shows_positions_before_they_were_changed_by_hand(
    exchange, father, clock, ago, held
):
    exchange.carry_position("FA0001", ("NSE", "INFY", "MIS"), 10, 1500)
    clock.advance(10)
    exchange.events.convert("FA0001", ("NSE", "INFY", "MIS"), 4, "CNC", overnight=True)
    clock.advance(10)
    exchange.events.adjust_position("FA0001", ("NSE", "INFY", "MIS"), 30, 300)
    clock.advance(5)
    exchange.faults.add(positions_lag(seconds=ago))
    net = father.get("/portfolio/positions")["net"]
    assert {row["product"]: row["quantity"] for row in net} == held


def test_accounts_change_in_the_middle_of_the_day(exchange, father):
    father.account.demat_consent = False
    exchange.give_holding("FA0001", "INFY", 5)
    happen(exchange, it.DeliveriesAuthorised(user_id="FA0001", tradingsymbol="INFY", quantity=2))
    sale = {"transaction_type": "SELL", "price": "1600"}
    assert father.order(**sale, quantity=3).status == 428
    assert father.order(**sale, quantity=2).status == 200

    happen(exchange, it.AddressesRegistered(user_id="FA0001", addresses=frozenset({"10.0.0.9"})))
    assert father.order().json()["error_type"] == "PermissionException"
    happen(exchange, it.AddressesRegistered(user_id="FA0001", addresses=None))
    happen(exchange, it.SegmentsEnabled(user_id="FA0001", exchanges=frozenset({"NFO"})))
    assert "not enabled" in father.order().json()["message"]
    happen(exchange, it.SegmentsEnabled(user_id="FA0001", exchanges=frozenset({"NSE"})))
    happen(exchange, it.FundsChange(user_id="FA0001", equity=Decimal(1)))
    assert "Insufficient funds" in father.order().json()["message"]
    happen(exchange, it.FundsChange(user_id="FA0001", equity=Decimal(10**6), commodity=Decimal(5)))
    assert father.order().status == 200
    assert father.get("/user/margins/commodity")["net"] == 5
    happen(exchange, it.PlanChanges(user_id="FA0001", plan=Plan.PERSONAL))
    assert father.call("GET", "/quote/ltp?i=NSE:INFY").status == 403


@pytest.mark.parametrize(("who", "mothers"), [("FA0001", 200), (None, 403)])
def test_sessions_end_of_one_or_of_all(exchange, father, mother, who, mothers):
    happen(exchange, it.SessionsEnd(user_id=who))
    assert father.call("GET", "/orders").status == 403
    assert mother.call("GET", "/orders").status == mothers


def test_the_next_day_starts_with_an_empty_book(exchange, father, clock):
    father.market(quantity=2)
    father.place()
    clock.move_to(9, 15, days=1)
    happen(exchange, it.NextDayStarts())
    father.log_in()
    assert father.get("/orders") == []
    assert father.get("/portfolio/holdings")[0]["t1_quantity"] == 2


def test_what_cannot_happen_says_so_and_is_not_on_record(exchange):
    with pytest.raises(ValueError, match="no cancelled order"):
        happen(exchange, it.CancelledOrderFills(user_id="FA0001", **INFY))
    with pytest.raises(KeyError):
        happen(exchange, it.CircuitLocks(exchange="NSE", tradingsymbol="NOSUCH", upper=True))
    assert exchange.happened == []
