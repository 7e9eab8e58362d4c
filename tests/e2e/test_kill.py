"""kill -9 in the middle of a burst: never two orders, and nothing missing is kept quiet."""

import sqlite3
from collections import Counter

from demo.exchange.build import MASTER
from demo.exchange.faults import (
    Answer,
    Booking,
    Meets,
    Operation,
    SocketFault,
    SocketTrouble,
    WriteFault,
)
from tests.e2e.conftest import until

BURST = ("RELIANCE", "INFY", "SBIN", "TCS", "HDFCBANK", "M&M")


async def test_after_a_kill_in_a_burst_there_is_never_a_second_order(staged):
    # Every answer takes a while, so that the kill falls between sending and hearing.
    stage = await staged(followers=3, latency_s=0.15)
    await stage.log_in()
    await stage.go_live()
    await stage.start_copying()

    for symbol in BURST:
        stage.exchange.place_from_app(
            MASTER,
            exchange="NSE",
            tradingsymbol=symbol,
            transaction_type="BUY",
            quantity=5,
            product="MIS",
        )
    await until(lambda: len(stage.exchange.ledger.placed()) >= 4, what="some orders arriving")
    stage.kill_program()
    await stage.stop_program()
    mark = stage.trader.mark()
    await stage.start_program()
    await until(
        lambda: _all_settled(stage), seconds=30, what=f"a settled journal\n{stage.tail_of_log()}"
    )

    orders = Counter(
        (record.user_id, record.fields["tradingsymbol"])
        for record in stage.exchange.ledger.placed()
    )
    assert max(orders.values()) == 1, orders
    tags = [r.tag for r in stage.exchange.ledger.order_writes()]
    assert len(tags) == len(set(tags)), "one request per tag, ever"
    said = "\n".join(m.text for m in stage.trader.messages())
    for name in stage.names:
        for symbol in BURST:
            if orders[(stage.user_id(name), symbol)] == 0:
                assert symbol in said, f"{name}'s missing {symbol} is named\n{said}"
    assert mark >= 0


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
    stage = await staged(followers=1, faults=[lost, deaf])
    await stage.log_in()
    await stage.go_live()
    await stage.start_copying()
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
    await stage.stop_program()
    await stage.start_program()
    await stage.trader.expect(lambda m: "UNKNOWN" in m.text and "SBIN" in m.text, since=0)
    await stage.trader.expect(lambda m: "found in the order book" in m.text, since=0)
    assert len(stage.exchange.ledger.order_writes()) == 1


def _all_settled(stage) -> bool:
    """Whether every placement in the journal has an answer, as SQLite itself tells."""
    with sqlite3.connect(f"file:{stage.plan.folder}/var/journal.db?mode=ro", uri=True) as db:
        (verdict,) = db.execute("PRAGMA integrity_check").fetchone()
        assert verdict == "ok"
        (open_ones,) = db.execute(
            "SELECT count(*) FROM intents WHERE state IN ('PLANNED', 'SENDING', 'UNKNOWN')"
        ).fetchone()
        (total,) = db.execute("SELECT count(*) FROM intents").fetchone()
    return total > 0 and open_ones == 0
