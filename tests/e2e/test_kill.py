"""kill -9 in the middle of a burst: never two orders, and nothing missing is kept quiet."""

from demo.exchange.build import MASTER
from demo.exchange.faults import (
    Answer,
    Booking,
    Meets,
    Operation,
    ReadFault,
    SocketFault,
    SocketTrouble,
    WriteFault,
)
from tests.e2e.burst import all_settled, buy_burst, missing, nothing_twice
from tests.e2e.conftest import until


async def test_after_a_kill_in_a_burst_there_is_never_a_second_order(staged):
    # Every answer takes a while, so that the kill falls between sending and hearing.
    stage = await staged(followers=3, latency_s=0.15)
    await stage.log_in()
    await stage.go_live()
    await stage.start_copying()

    buy_burst(stage)
    await until(lambda: len(stage.exchange.ledger.placed()) >= 4, what="some orders arriving")
    stage.kill_program()
    await stage.stop_program()
    await stage.start_program()
    await until(
        lambda: all_settled(stage) and not missing(stage),
        seconds=40,
        what=f"a settled journal, and nothing missing in silence\n{stage.tail_of_log()}",
    )

    nothing_twice(stage)


async def test_an_order_that_was_being_sent_is_named_and_found_again(staged):
    lost = WriteFault(
        meets=Meets(operation=Operation.PLACE),
        booking=Booking.NOW,
        answer=Answer.TRUE,
        delay_s=3.0,
    )
    # Nor does the follower's own socket tell, which would have found the order before the kill.
    deaf = SocketFault(
        meets=Meets(user_id="FA0001", operation=Operation.FRAME, times=None),
        trouble=SocketTrouble.LOSE,
    )
    # Before the first read of his book nothing would leave for the follower at all: it is noted.
    first_read = ReadFault(meets=Meets(user_id="FA0001", operation=Operation.ORDERS))
    stage = await staged(followers=1, faults=[lost, deaf, first_read])
    await stage.log_in()
    await stage.go_live()
    await stage.start_copying()
    struck = stage.exchange.faults.struck
    await until(lambda: any(fault is first_read for _, fault in struck), what="the first read")
    # Nor does a read of the follower's book that happens to fall just before the kill.
    stage.exchange.faults.add(
        ReadFault(
            meets=Meets(user_id="FA0001", operation=Operation.ORDERS, times=None),
            answer=Answer.ERROR,
            error=(503, "NetworkException", "Service unavailable"),
        )
    )
    stage.exchange.place_from_app(
        MASTER,
        exchange="NSE",
        tradingsymbol="SBIN",
        transaction_type="BUY",
        quantity=5,
        product="MIS",
    )
    await until(lambda: len(stage.exchange.ledger.placed()) == 1, what="the order at the broker")
    stage.kill_program()
    stage.exchange.faults.clear()
    await stage.stop_program()
    await stage.start_program()
    await stage.trader.expect(lambda m: "UNKNOWN" in m.text and "SBIN" in m.text, since=0)
    await stage.trader.expect(lambda m: "found in the order book" in m.text, since=0)
    assert len(stage.exchange.ledger.order_writes()) == 1
