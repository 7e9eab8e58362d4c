"""What goes wrong with a write, against the real process: never two orders, nothing kept quiet."""

import pytest

from demo.exchange.faults import (
    Answer,
    Meets,
    Operation,
    SocketFault,
    SocketTrouble,
    answer_lost,
    refused,
    server_error,
    timed_out,
)
from demo.exchange.wire import KiteError
from tests.faults.conftest import (
    FATHER,
    MOTHER,
    master_trades,
    net,
    requests,
    told,
    until_held,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

FATHERS_PLACE = Meets(user_id="FA0001", operation=Operation.PLACE)


async def test_an_order_whose_answer_is_lost_is_found_by_its_tag_and_placed_once(stage):
    stage.exchange.faults.add(answer_lost(FATHERS_PLACE))
    master_trades(stage, "BUY", "RELIANCE")
    await until_held(stage, FATHER, "RELIANCE", 5)
    await until_held(stage, MOTHER, "RELIANCE", 5)
    # Its exit proves that the order became known although its answer never came.
    master_trades(stage, "SELL", "RELIANCE")
    await until_held(stage, FATHER, "RELIANCE", 0)
    assert len(requests(stage, FATHER, "RELIANCE")) == 2
    tags = [record.tag for record in requests(stage, FATHER, "RELIANCE")]
    assert len(set(tags)) == 2


async def test_an_order_whose_answer_is_lost_is_found_in_the_book_when_the_socket_is_deaf(stage):
    deaf = SocketFault(
        meets=Meets(user_id="FA0001", operation=Operation.FRAME, times=None),
        trouble=SocketTrouble.LOSE,
    )
    stage.exchange.faults.add(deaf, answer_lost(FATHERS_PLACE, answer=Answer.RESET))
    mark = stage.trader.mark()
    master_trades(stage, "BUY", "J&KBANK")
    await told(stage, "UNKNOWN", "J&KBANK", since=mark)
    await told(stage, "found in the order book", "J&KBANK", since=mark)
    assert len(requests(stage, FATHER, "J&KBANK")) == 1
    master_trades(stage, "SELL", "J&KBANK")
    await until_held(stage, FATHER, "J&KBANK", 0)


async def test_http_400_timed_out_that_is_booked_three_seconds_later_stays_one_order(stage):
    stage.exchange.faults.add(timed_out(FATHERS_PLACE, booked_after_s=3.0))
    mark = stage.trader.mark()
    master_trades(stage, "BUY", "INFY")
    await told(stage, "UNKNOWN", "INFY", since=mark)
    await until_held(stage, FATHER, "INFY", 5)
    await told(stage, "found in the order book", "INFY", since=mark)
    assert len(requests(stage, FATHER, "INFY")) == 1
    master_trades(stage, "SELL", "INFY")
    await until_held(stage, FATHER, "INFY", 0)


async def test_a_503_that_booked_nothing_is_named_unknown_and_never_sent_again(stage):
    stage.exchange.faults.add(server_error(FATHERS_PLACE, status=503, booked=False))
    mark = stage.trader.mark()
    master_trades(stage, "BUY", "SBIN")
    text = await told(stage, "UNKNOWN", "SBIN", since=mark)
    assert "never sent again" in text
    await until_held(stage, MOTHER, "SBIN", 5)
    # The master goes on: his next entry in the key waits for the father, his exit sells nothing.
    master_trades(stage, "SELL", "SBIN")
    await until_held(stage, MOTHER, "SBIN", 0)
    assert len(requests(stage, FATHER, "SBIN")) == 1
    assert net(stage, FATHER, "SBIN") == 0


async def test_an_exit_that_meets_429_goes_out_again_the_next_second(stage):
    master_trades(stage, "BUY", "TCS")
    await until_held(stage, FATHER, "TCS", 5)
    stage.exchange.faults.add(
        refused(FATHERS_PLACE, KiteError(429, "NetworkException", "Too many requests"))
    )
    master_trades(stage, "SELL", "TCS")
    await until_held(stage, FATHER, "TCS", 0, seconds=4.0)
    first, second = requests(stage, FATHER, "TCS")[1:]
    assert first.status == 429
    assert 0.9 <= (second.at - first.at).total_seconds() <= 2.5
    assert first.tag != second.tag


async def test_an_entry_that_meets_429_is_named_and_not_sent_again(stage):
    stage.exchange.faults.add(
        refused(FATHERS_PLACE, KiteError(429, "NetworkException", "Too many requests"))
    )
    mark = stage.trader.mark()
    master_trades(stage, "BUY", "HDFCBANK")
    await until_held(stage, MOTHER, "HDFCBANK", 5)
    await told(stage, "father", "HDFCBANK", "refused", since=mark)
    master_trades(stage, "SELL", "HDFCBANK")
    await until_held(stage, MOTHER, "HDFCBANK", 0)
    assert len(requests(stage, FATHER, "HDFCBANK")) == 1


async def test_a_connection_cut_in_the_answer_to_an_exit_never_sells_twice(stage):
    master_trades(stage, "BUY", "M&M")
    await until_held(stage, FATHER, "M&M", 5)
    stage.exchange.faults.add(answer_lost(FATHERS_PLACE, answer=Answer.CUT))
    master_trades(stage, "SELL", "M&M")
    await until_held(stage, FATHER, "M&M", 0)
    await until_held(stage, MOTHER, "M&M", 0)
    # The next round trip is only opened once the cut one is known to have ended.
    master_trades(stage, "BUY", "M&M", 3)
    await until_held(stage, FATHER, "M&M", 3)
    assert [r.fields["transaction_type"] for r in requests(stage, FATHER, "M&M")] == [
        "BUY",
        "SELL",
        "BUY",
    ]
