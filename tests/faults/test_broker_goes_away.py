"""Kite unreachable for a while, or refusing reads: what is missed is made up for when it is back."""

import asyncio

import pytest

from demo.exchange.build import MASTER
from demo.exchange.faults import (
    Answer,
    Meets,
    Operation,
    ReadFault,
    SocketFault,
    SocketTrouble,
    never_arrives,
)
from tests.e2e.conftest import until
from tests.faults.conftest import FATHER, MOTHER, master_trades, net, requests, told, until_held

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOTH = (FATHER, MOTHER)


def cut_off(stage) -> None:
    """Let no read be answered, no socket open and no request arrive any more."""
    stage.exchange.faults.add(
        ReadFault(meets=Meets(times=None), answer=Answer.RESET),
        SocketFault(
            meets=Meets(operation=Operation.CONNECT, times=None), trouble=SocketTrouble.REFUSE
        ),
    )
    for socket in stage.exchange.sockets.open_for():
        stage.exchange.sockets.break_off(socket)


async def test_what_the_master_did_while_kite_was_away_is_copied_once_when_it_is_back(stage):
    master_trades(stage, "BUY", "RELIANCE")
    for name in BOTH:
        await until_held(stage, name, "RELIANCE", 5)
    cut_off(stage)
    master_trades(stage, "SELL", "RELIANCE")
    master_trades(stage, "BUY", "INFY")
    await asyncio.sleep(1.5)
    assert net(stage, FATHER, "RELIANCE") == 5, "nobody could know"
    stage.exchange.faults.clear()
    for name in BOTH:
        await until_held(stage, name, "RELIANCE", 0)
        await until_held(stage, name, "INFY", 5)
        assert len(requests(stage, name, "RELIANCE")) == 2
        assert len(requests(stage, name, "INFY")) == 1


async def test_a_start_while_kite_is_away_waits_and_goes_on_by_itself(stage):
    cut_off(stage)
    assert await stage.stop_program() == 0
    await stage.start_program()
    master_trades(stage, "BUY", "SBIN")
    stage.trader.send("/status")
    await told(stage, "LIVE", "instruments are not loaded yet")
    assert not requests(stage, FATHER, "SBIN")
    stage.exchange.faults.clear()
    for name in BOTH:
        await until_held(stage, name, "SBIN", 5)


async def test_a_master_whose_reads_are_refused_for_rate_is_copied_all_the_same(stage):
    stage.exchange.faults.add(
        ReadFault(
            meets=Meets(user_id=MASTER, operation=Operation.ORDERS, times=2),
            answer=Answer.ERROR,
            error=(429, "NetworkException", "Too many requests"),
        )
    )
    master_trades(stage, "BUY", "TCS")
    for name in BOTH:
        await until_held(stage, name, "TCS", 5)
        assert len(requests(stage, name, "TCS")) == 1


async def test_a_second_login_of_the_day_ends_no_session_and_no_copying(stage):
    # Kite ends the first session when the second begins; reads are under way all the time.
    mark = stage.trader.mark()
    for _ in range(2):
        await stage.log_in("master", *BOTH)
    master_trades(stage, "BUY", "HDFCBANK")
    for name in BOTH:
        await until_held(stage, name, "HDFCBANK", 5)
    shown = [change.message.text for change in stage.trader._chat.changes[mark:]]
    assert not [text for text in shown if "session has ended" in text]


async def test_an_exit_that_never_arrived_is_unknown_named_loudly_and_not_sent_again(stage):
    master_trades(stage, "BUY", "J&KBANK")
    for name in BOTH:
        await until_held(stage, name, "J&KBANK", 5)
    stage.exchange.faults.add(
        never_arrives(Meets(user_id="FA0001", operation=Operation.PLACE), answer=Answer.RESET)
    )
    mark = stage.trader.mark()
    master_trades(stage, "SELL", "J&KBANK")
    await until_held(stage, MOTHER, "J&KBANK", 0)
    text = await told(stage, "father", "SELL 5 J&KBANK", "UNKNOWN", since=mark)
    assert "never sent again" in text
    stage.trader.send("/status")
    await told(stage, "father: 1 unresolved")
    # Reads come every second meanwhile; none of them makes it a second request.
    meets = Meets(user_id="FA0001", operation=Operation.ORDERS, times=2)
    stage.exchange.faults.add(ReadFault(meets=meets))  # shows the truth, and is counted
    struck = len(stage.exchange.faults.struck)
    await until(lambda: len(stage.exchange.faults.struck) >= struck + 2, what="two more reads")
    assert len(requests(stage, FATHER, "J&KBANK")) == 2
    assert net(stage, FATHER, "J&KBANK") == 5
