"""What the SDK raises, and what it makes of answers that are no answers."""

from decimal import Decimal

import pytest
import requests
from kiteconnect import exceptions

from demo.exchange.accounts import Plan
from demo.exchange.faults import (
    TIMED_OUT,
    Answer,
    Meets,
    Operation,
    ReadFault,
    WriteFault,
    answer_lost,
    never_arrives,
    server_error,
    timed_out,
)

PLACE = Meets(operation=Operation.PLACE)


async def test_a_wrong_order_is_an_input_exception(sdk):
    with pytest.raises(exceptions.InputException, match="Tick size") as raised:
        await sdk.place(price=1500.03)
    assert raised.value.code == 400


async def test_a_dead_token_is_a_token_exception_and_fires_the_hook(sdk, exchange):
    fired = []
    sdk.kite.set_session_expiry_hook(lambda: fired.append(1))
    exchange.sessions.kill("FA0001")
    with pytest.raises(exceptions.TokenException) as raised:
        await sdk("orders")
    assert (raised.value.code, fired) == (403, [1])


async def test_a_used_request_token_is_a_token_exception(sdk, exchange):
    account = exchange.accounts.by_user("FA0001")
    token = exchange.sessions.issue_request_token(account)
    await sdk("generate_session", token, api_secret=account.api_secret)
    with pytest.raises(exceptions.TokenException):
        await sdk("generate_session", token, api_secret=account.api_secret)


async def test_too_many_requests_are_a_network_exception(sdk):
    for _ in range(10):
        await sdk.place(quantity=1)
    with pytest.raises(exceptions.NetworkException, match="Too many requests") as raised:
        await sdk.place(quantity=1)
    assert raised.value.code == 429


async def test_an_unregistered_address_and_a_personal_app_are_permission_exceptions(sdk, exchange):
    account = exchange.accounts.by_user("FA0001")
    account.allowed_ips = frozenset({"10.0.0.1"})
    with pytest.raises(exceptions.PermissionException, match=r"IP \(127.0.0.1\)"):
        await sdk.place()
    account.plan = Plan.PERSONAL
    with pytest.raises(exceptions.PermissionException):
        await sdk("ltp", "NSE:INFY")


async def test_a_shortfall_surfaces_as_a_general_exception(sdk, exchange):
    # The SDK has no MarginException; it falls back, and only code and text remain.
    exchange.accounts.by_user("FA0001").equity_funds = Decimal(1)
    with pytest.raises(exceptions.GeneralException, match="Insufficient funds") as raised:
        await sdk.place()
    assert raised.value.code == 400


async def test_an_order_that_is_done_cannot_be_cancelled(sdk, exchange):
    order_id = await sdk.place(price=1530.0)
    with pytest.raises(exceptions.InputException, match="as it is being processed"):
        await sdk("cancel_order", "regular", order_id)
    with pytest.raises(exceptions.OrderException, match="does not exist"):
        await sdk("cancel_order", "regular", "1")


async def test_timed_out_with_http_400_looks_like_a_refusal_and_is_none(sdk, exchange, clock):
    exchange.faults.add(timed_out(PLACE, booked_after_s=8))
    with pytest.raises(exceptions.InputException, match=TIMED_OUT[:24]):
        await sdk.place(tag="KC1")
    clock.advance(8)
    exchange.step()
    assert [row["tag"] for row in await sdk("orders")] == ["KC1"]


@pytest.mark.parametrize("booked", [True, False])
async def test_a_gateway_error_in_html_is_a_data_exception(sdk, exchange, booked):
    exchange.faults.add(server_error(PLACE, status=504, booked=booked))
    with pytest.raises(exceptions.DataException):
        await sdk.place(tag="KC1")
    assert len(await sdk("orders")) == booked


@pytest.mark.parametrize("answer", [Answer.CLOSED, Answer.RESET, Answer.CUT])
@pytest.mark.parametrize("booked", [True, False])
async def test_a_broken_connection_raises_whatever_became_of_the_order(
    sdk, exchange, answer, booked
):
    exchange.faults.add((answer_lost if booked else never_arrives)(PLACE, answer=answer))
    with pytest.raises(requests.RequestException):
        await sdk.place(tag="KC1")
    assert [record.booked for record in exchange.ledger.by_tag("KC1")] == [booked]
    assert len(await sdk("orders")) == booked


async def test_an_answer_that_never_comes_ends_in_the_clients_timeout(sdk_of, exchange):
    impatient = sdk_of("FA0002", timeout=0.2)
    exchange.faults.add(answer_lost(PLACE))
    with pytest.raises(requests.Timeout):
        await impatient.place(tag="KC1")
    assert exchange.ledger.by_tag("KC1")[0].booked


async def test_a_slow_answer_arrives_in_the_end(sdk, exchange):
    exchange.faults.add(WriteFault(meets=PLACE, delay_s=0.1))
    order_id = await sdk.place()
    assert exchange.orders_of("FA0001")[0]["order_id"] == order_id


async def test_a_truncated_answer_is_a_data_exception(sdk, exchange):
    exchange.faults.add(ReadFault(meets=Meets(operation=Operation.ORDERS), answer=Answer.TRUNCATED))
    with pytest.raises(exceptions.DataException):
        await sdk("orders")
    assert await sdk("orders") == []


async def test_a_personal_app_gets_no_quotes_and_no_candles(sdk, exchange):
    exchange.accounts.by_user("FA0001").plan = Plan.PERSONAL
    for method, args in (
        ("ltp", ("NSE:INFY",)),
        ("historical_data", (408065, "2026-11-16", "2026-11-18", "day")),
    ):
        with pytest.raises(exceptions.PermissionException) as refusal:
            await sdk(method, *args)
        assert refusal.value.code == 403
    assert await sdk.place()


async def test_a_delivery_without_consent_is_a_general_exception_with_its_code(sdk, exchange):
    exchange.accounts.by_user("FA0001").demat_consent = False
    exchange.give_holding("FA0001", "INFY", 10)
    with pytest.raises(exceptions.GeneralException) as refusal:
        await sdk.place(transaction_type="SELL", price=1530.0)
    assert refusal.value.code == 428
    exchange.events.authorise("FA0001")
    assert await sdk.place(transaction_type="SELL", price=1530.0)


@pytest.mark.parametrize("answer", [Answer.WRONG_TYPE, Answer.EMPTY, Answer.HTML])
async def test_an_answer_the_sdk_cannot_read_is_a_data_exception(sdk, exchange, answer):
    exchange.faults.add(ReadFault(meets=Meets(operation=Operation.ORDERS), answer=answer))
    with pytest.raises(exceptions.DataException):
        await sdk("orders")


async def test_the_sdk_takes_a_success_with_the_status_of_a_failure(sdk, exchange):
    meets = Meets(operation=Operation.PLACE)
    exchange.faults.add(WriteFault(meets=meets, answer=Answer.FALSE_ALARM, status=500))
    assert await sdk.place() == (await sdk("orders"))[0]["order_id"]
