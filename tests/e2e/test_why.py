"""`copytrader why` as its own process, while the program runs and after it has ended."""

import asyncio
import json
import sys
from decimal import Decimal

from demo.exchange.build import MASTER
from demo.exchange.faults import Meets, Operation, timed_out
from tests.e2e.conftest import until


async def why(stage, *argv: str) -> tuple[int, str, str]:
    """Run the command as a person would; return exit status, answer and complaint."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "why", *argv, "--env-file", str(stage.env_file)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(20):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_why_tells_of_a_copy_a_skip_and_an_unknown_outcome(staged):
    lost = timed_out(Meets(user_id="FA0002", operation=Operation.PLACE), booked_after_s=1.0)
    stage = await staged(followers=3, multipliers={"brother": Decimal("0.1")}, faults=[lost])
    await stage.log_in()
    await stage.go_live()
    await stage.start_copying()
    order_id = stage.exchange.place_from_app(
        MASTER,
        exchange="NSE",
        tradingsymbol="SBIN",
        transaction_type="BUY",
        quantity=5,
        product="MIS",
    )
    await stage.trader.expect(lambda m: "found in the order book" in m.text, since=0)
    at_mothers = [r for r in stage.exchange.ledger.placed() if r.user_id == "FA0002"]
    await until(
        lambda: stage.exchange.net_positions("FA0002").get(("NSE", "SBIN", "MIS")) == 5,
        what="the mother holding what was first UNKNOWN",
    )

    status, out, err = await why(stage, order_id)
    assert (status, err) == (0, ""), out + err
    assert f"master order {order_id}: BUY 5 NSE:SBIN MIS" in out
    assert "BUY 5 SBIN taken by the broker as order" in out
    assert "BUY 5 SBIN UNKNOWN after" in out
    assert "BUY 5 SBIN found " in out
    assert "  brother  entry skipped: less than one lot at this multiplier: " in out

    status, told, _ = await why(stage, at_mothers[0].tag, "--json")
    story = json.loads(told)["story"]
    assert (status, story["subject"]) == (0, "follower order")
    assert {line["who"] for line in story["lines"]} <= {"", "master", "mother"}
    assert any("UNKNOWN" in line["text"] for line in story["lines"])

    mark = stage.trader.mark()
    stage.trader.send("/why #1 brother")
    told = await stage.trader.expect(
        lambda m: "entry skipped: less than one lot" in m.text, since=mark
    )
    assert "taken by the broker" not in told.text, "only what is about the brother"
    stage.trader.send("/funds")
    told = await stage.trader.expect("spendable rupees", since=mark)
    assert all(name in told.text for name in ("master", *stage.names))
    await stage.trader.expect(lambda m: "COPY #1" in m.text and m.buttons, since=0)
    stage.trader.send("/diff")
    await stage.trader.expect("all in step", since=mark)

    assert await stage.stop_program() == 0
    status, after, _ = await why(stage, order_id)
    assert status == 0
    assert after.startswith(out.splitlines()[0])
    status, out, err = await why(stage, "999")
    assert (status, out) == (1, "")
    assert "999" in err
