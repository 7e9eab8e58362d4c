"""SIGTERM and SIGINT: a bounded drain, exit status 0, and then the same state as after a kill."""

import asyncio
import signal

from demo.chat.faults import Fault, FaultKind
from demo.exchange.faults import Answer, Booking, Meets, Operation, ReadFault, WriteFault
from tests.e2e.burst import BURST, all_settled, buy, buy_burst, missing, nothing_twice
from tests.e2e.conftest import until
from tests.faults.conftest import FATHER, at_work, master_trades, net, told, until_held

#: The contract's bound, seconds.
DRAIN_S = 5.0


async def ended_in_time(stage, number: signal.Signals = signal.SIGTERM) -> None:
    """Send the signal; the program must end by itself, with status 0, within the bound."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    status = await stage.stop_program(number)
    took = loop.time() - began
    assert status == 0, stage.tail_of_log()
    assert took < DRAIN_S, f"{took:.1f} s"


async def until_whole(stage, *symbols: str) -> None:
    """Wait until the journal is settled and nothing is missing in silence."""
    await until(
        lambda: all_settled(stage) and not missing(stage, symbols or BURST),
        seconds=40,
        what=f"a settled journal, and nothing missing in silence\n{stage.tail_of_log()}",
    )


async def test_a_signal_in_a_burst_loses_nothing_and_doubles_nothing(tmp_path):
    async with at_work(tmp_path / "stage", followers=3, latency_s=0.15) as stage:
        buy_burst(stage)
        await until(lambda: len(stage.exchange.ledger.placed()) >= 4, what="some orders arriving")
        await ended_in_time(stage)
        mark = stage.trader.mark()
        await stage.start_program()
        await told(stage, "Started again, still copying", since=mark)
        said = (stage.plan.folder / "program.log").read_text()
        followers = ", ".join(stage.names)
        assert said.count("copytrader: ended; orders resting at the broker stay there\n") == 1
        assert said.count(f" runs in PAPER: followers {followers}. Open your bot") == 1
        assert said.count(f" runs in LIVE: followers {followers}. Open your bot") == 1
        await until_whole(stage)
        nothing_twice(stage)
        # And the exits of what was copied before the signal follow.
        for symbol in BURST:
            master_trades(stage, "SELL", symbol)
        await until(
            lambda: not any(stage.exchange.net_positions(stage.user_id(n)) for n in stage.names),
            seconds=30,
            what=f"everybody flat\n{stage.tail_of_log()}",
        )


async def test_a_signal_while_the_broker_does_not_answer_ends_in_time(tmp_path):
    silent = WriteFault(
        meets=Meets(operation=Operation.PLACE, times=None),
        booking=Booking.NOW,
        answer=Answer.TRUE,
        delay_s=30.0,
    )
    deaf = ReadFault(meets=Meets(operation=Operation.ORDERS, times=None), delay_s=30.0)
    async with at_work(tmp_path / "stage", followers=2) as stage:
        stage.exchange.faults.add(silent)
        buy(stage, "SBIN")
        await until(lambda: len(stage.exchange.ledger.placed()) == 2, what="both orders booked")
        stage.exchange.faults.add(deaf)
        # A read of each account hangs as well by now: the master's is asked for every second.
        await asyncio.sleep(1.2)
        await ended_in_time(stage)
        stage.exchange.faults.clear()
        await stage.start_program()
        await until_whole(stage, "SBIN")
        nothing_twice(stage)
        for name in stage.names:
            assert net(stage, name, "SBIN") == 5


async def test_a_signal_while_telegram_hangs_ends_in_time_and_what_was_to_be_told_comes_later(
    tmp_path,
):
    async with at_work(tmp_path / "stage", followers=1) as stage:
        mark = stage.trader.mark()
        stage.chat.faults.add(Fault(kind=FaultKind.SLOW, seconds=60, delay_s=30.0))
        buy(stage, "SBIN")
        await until_held(stage, FATHER, "SBIN", 5)
        await ended_in_time(stage, signal.SIGINT)
        stage.chat.faults.clear()
        await stage.start_program()
        await told(stage, "Started again, still copying", since=mark)
        nothing_twice(stage)
