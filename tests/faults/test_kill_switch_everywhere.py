"""The kill switch in a burst, and while the program's loop hangs: no entry leaves, exits do."""

import asyncio
import sqlite3
from datetime import timedelta

from bot.control_socket import NoAnswerError, call
from bot.kill_switch import KillSwitch
from demo.exchange.build import MASTER
from engine.clock import SystemClock
from tests.e2e.burst import BURST
from tests.e2e.conftest import until
from tests.faults.conftest import FATHER, MOTHER, at_work, master_trades, net, told, until_held
from tests.faults.test_two_copies import typed

#: The contract's bound.
WITHIN = timedelta(seconds=1)


def bought(stage, name: str) -> list:
    """Return every entry that arrived for an account, booked or not."""
    return [
        record
        for record in stage.exchange.ledger.order_writes(stage.user_id(name))
        if record.fields.get("transaction_type") == "BUY"
    ]


async def test_in_a_burst_no_entry_leaves_a_second_after_the_command_and_every_exit_does(tmp_path):
    async with at_work(tmp_path / "stage", followers=2, latency_s=0.02) as stage:
        for symbol in BURST:
            master_trades(stage, "BUY", symbol, 2)
        for name in (FATHER, MOTHER):
            await until(lambda n=name: len(bought(stage, n)) == len(BURST), what="a holding")

        going = True

        async def go_on_buying() -> None:
            turn = 0
            while going:
                master_trades(stage, "BUY", BURST[turn % len(BURST)], 1)
                turn += 1
                await asyncio.sleep(0.05)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(go_on_buying())
            await asyncio.sleep(1.0)
            status, output = await typed(stage, "kill")
            done_at = SystemClock().now()
            await asyncio.sleep(1.5)
            going = False
        assert status == 0, output
        for name in (FATHER, MOTHER):
            late = [r for r in bought(stage, name) if r.at > done_at + WITHIN]
            assert not late, f"acknowledged {done_at}: {late}"
        # Of what he bought after the switch nothing is copied; he goes flat, and so do they.
        held = sum(stage.exchange.net_positions(MASTER).values())
        assert all(net(stage, FATHER, s) < held for s in BURST)
        for symbol in BURST:
            units = stage.exchange.net_positions(MASTER)[("NSE", symbol, "MIS")]
            master_trades(stage, "SELL", symbol, units)
        for name in (FATHER, MOTHER):
            for symbol in BURST:
                await until_held(stage, name, symbol, 0, seconds=20)


async def test_it_holds_while_the_loop_hangs_and_what_was_decided_meanwhile_does_not_leave(
    tmp_path,
):
    async with at_work(tmp_path / "stage", followers=1) as stage:
        master_trades(stage, "BUY", "RELIANCE")
        await until_held(stage, FATHER, "RELIANCE", 5)
        var = stage.plan.folder / "var"
        mark = stage.trader.mark()
        # The writer waits inside its commit for this lock, and the whole loop with it (2 s at most).
        other = sqlite3.connect(var / "journal.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            master_trades(stage, "BUY", "TCS")
            await until(lambda: hangs(var), seconds=1.5, what="the loop hanging")
            KillSwitch(var / "kill").set()
        finally:
            other.execute("ROLLBACK")
            other.close()
        await told(stage, "COPY #", "TCS", since=mark, seconds=15)
        await told(stage, "kill switch is set", since=mark, seconds=15)
        master_trades(stage, "SELL", "RELIANCE")
        await until_held(stage, FATHER, "RELIANCE", 0, seconds=15)
        assert [r.fields["tradingsymbol"] for r in bought(stage, FATHER)] == ["RELIANCE"]


def hangs(var) -> bool:
    """Whether the running program does not answer."""
    try:
        call(var / "control.sock", "status", timeout_s=0.15)
    except NoAnswerError:
        return True
    return False
