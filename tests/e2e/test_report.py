"""The day's report from the phone and from the command line, while the program runs and after it has ended."""

import asyncio
import csv
import json
import sys

from demo.exchange.build import MASTER
from tests.core.core_world import a_follower, done
from tests.e2e.conftest import until
from tests.faults.lives_on import copytrader
from tests.storage.kept_world import KeptWorld


async def report(stage, *argv: str) -> tuple[int, str, str]:
    """Run the command as a person would; return exit status, answer and complaint."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "report", *argv, "--env-file", str(stage.env_file)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(40):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_a_day_is_reported_by_the_chat_and_by_the_command_alike(staged):
    stage = await staged(followers=2)
    await stage.log_in()
    await stage.go_live()
    await stage.start_copying()
    for number, side in enumerate(("BUY", "SELL")):
        stage.exchange.place_from_app(
            MASTER, exchange="NSE", tradingsymbol="SBIN", transaction_type=side, quantity=5, product="MIS",
        )  # fmt: skip
        held = None if side == "SELL" else 5
        await until(
            lambda held=held: all(
                (stage.exchange.net_positions(stage.user_id(name)).get(("NSE", "SBIN", "MIS")) or None) == held
                for name in stage.names
            ),
            what=f"order {number} copied",
        )  # fmt: skip

    async def asked(text: str, *words: str):
        mark = stage.trader.mark()
        stage.trader.send(text)
        return await stage.trader.expect(
            lambda m: m.attachment is not None and all(word in m.text for word in words), since=mark, timeout_s=60
        )  # fmt: skip

    # Each with a picture over its words, also the first: the render process begins with it.
    shown = await asked("/latency", "copy lag today, 4 copies", "p95")
    assert shown.attachment.content.startswith(b"\x89PNG")
    first = stage.names[0]
    told = await asked("/report", "2 orders of the master", first)
    await asked("/pnl", "P&L today", "master")
    assert f"{first:<8}      2     0     0     0" in told.text, told.text

    mark = stage.trader.mark()
    stage.trader.tap(told, "Slippage")
    await stage.trader.expect("+ is worse than the master", since=mark, timeout_s=60)
    mark = stage.trader.mark()
    stage.trader.send("/report yesterday")
    await stage.trader.expect("nothing ran here on", since=mark, timeout_s=60)

    status, out, err = await report(stage, "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)["reports"][0]
    assert [each["copied"] for each in found["followers"]] == [2, 2]
    assert {row["slippage"] is not None for row in found["rows"]} == {True}

    assert await stage.stop_program() == 0
    written = stage.env_file.parent / "day.csv"
    assert await copytrader(stage, "report", "--day", found["day"], "--csv", str(written)) == ""
    with written.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["side"] for row in rows] == ["BUY", "BUY", "SELL", "SELL"]
    after = await copytrader(stage, "report")
    assert after.splitlines()[0].endswith("2 orders of the master")


async def test_a_report_that_was_missed_while_nothing_ran_is_told_once_at_the_next_start(
    staged, tmp_path
):
    """The store is of another year or of last week: whichever report was due last is told, and only that."""
    folder = tmp_path / "stage0" / "var"
    folder.mkdir(parents=True, mode=0o700)
    world = KeptWorld(folder, a_follower("father"))
    world.master(done())
    world.ack_and_fill()
    world.store.close()
    stage = await staged(followers=1, settings={"MARKET__CALENDAR": "nse"})
    told = await stage.trader.expect("The trading day is over.", since=0, timeout_s=60)
    assert "Late, it was due" in told.text
    # Of today, if its time is over; else of the trading day before, of which the store knows nothing.
    nothing = ("Nothing was to be copied.", "Nothing ran here then, so nothing was copied.")
    assert any(words in told.text for words in nothing), told.text
    await stage.trader.expect("The trading week is over.", since=0, timeout_s=60)

    async def answered() -> None:
        mark = stage.trader.mark()
        stage.trader.send("/version")
        await stage.trader.expect("kitecopytrader", since=mark)

    await answered()
    assert await stage.stop_program() == 0
    await stage.start_program()
    await answered()
    said = [message.text for message in stage.trader.messages()]
    assert sum("The trading day is over." in text for text in said) == 1
    assert sum("The trading week is over." in text for text in said) == 1
