"""Plays a day with the real program and writes what is on the phone: python -m tests.docs.chat_day_page.

It takes about half a minute. Nothing is written by hand: what the bot says is what it said in that run.
"""

import asyncio
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console

from demo.chat.messages import Message
from demo.chat.phone import render_phone
from demo.exchange.build import MASTER
from demo.stage import Plan, Stage
from tests.e2e.conftest import until

PAGE = Path(__file__).parents[2] / "docs" / "chat-day.md"
BEGIN = "<!-- the day: python -m tests.docs.chat_day_page -->"
END = "<!-- end of the day -->"
#: A bubble of 34 columns of table, its edges, and the frame of the screen.
COLUMNS = 46
#: More rows than any day has; what is empty above the first message is cut off.
_ROWS = 2_000
POOR, DROPPED = "father", "mother"


def on_the_phone(messages: Sequence[Message]) -> str:
    """Return the whole conversation as the screen shows it, the first message at the top."""
    console = Console(file=io.StringIO(), width=COLUMNS, force_terminal=False, color_system=None)
    console.print(render_phone(messages, width=COLUMNS, height=_ROWS, title="Copy trader"))
    top, *lines = console.file.getvalue().rstrip().split("\n")
    first = next(at for at, line in enumerate(lines) if line.strip("│ "))
    return "\n".join(line.rstrip() for line in (top, *lines[first:]))


def trades(stage: Stage, side: str, symbol: str, quantity: int, **more: object) -> str:
    """Let the master trade NSE shares intraday from the Kite app."""
    order = {"exchange": "NSE", "product": "MIS", "transaction_type": side, **more}
    return stage.exchange.place_from_app(MASTER, tradingsymbol=symbol, quantity=quantity, **order)


async def ask(stage: Stage, text: str, words: str) -> Message:
    """Type something and wait for the answer; then let the person read it."""
    stage.trader.send(text)
    message = await stage.trader.expect(words)
    await asyncio.sleep(0.4)
    return message


async def log_in(stage: Stage, offer: Message) -> None:
    """Press each button of an offer to log in, and paste the address where the browser lands."""
    for button in offer.buttons:
        stage.trader.send(await stage.log_in_at_broker(button.url or ""))
        await stage.trader.expect("is logged in")


async def copied(stage: Stage, symbol: str, parts: str) -> None:
    """Wait until the card of an order says that it was copied."""
    await stage.trader.expect(lambda m: symbol in m.text and parts in m.text, 15.0, since=0)
    await asyncio.sleep(0.6)


async def morning(stage: Stage) -> None:
    """Log in, arm, start."""
    await ask(stage, "/start", "copying")
    await log_in(stage, await ask(stage, "/login", "log in master"))
    await stage.go_live()
    await ask(stage, "/status", "followers")
    await stage.start_copying()


async def trading(stage: Stage) -> None:
    """Copies, a refusal, questions, an account that drops out and comes back."""
    trades(stage, "BUY", "RELIANCE", 40)
    await copied(stage, "RELIANCE", "2 of 3")
    trades(stage, "BUY", "M&M", 8, product="CNC")
    await copied(stage, "M&M", "of 3")
    await ask(stage, "/why 1 brother", "RELIANCE")
    await ask(stage, "/positions mother", "positions")
    await ask(stage, "/funds", "spendable")
    stage.exchange.sessions.kill(stage.user_id(DROPPED))
    trades(stage, "BUY", "SBIN", 30)
    await stage.trader.expect("session has ended", since=0)
    await copied(stage, "SBIN", "of 3")
    await log_in(stage, await ask(stage, f"/login {DROPPED}", f"log in {DROPPED}"))
    await asyncio.sleep(1.0)
    await ask(stage, "/diff", "IST")
    await ask(stage, "/limits brother", "brother")
    await ask(stage, "/statsu", "did you mean")


async def ending(stage: Stage) -> None:
    """Stop; exits follow; what the day came to."""
    await ask(stage, "stop", "Exits")
    trades(stage, "SELL", "RELIANCE", 40)
    brother = stage.user_id("brother")
    gone = ("NSE", "RELIANCE", "MIS")
    await until(lambda: gone not in stage.exchange.net_positions(brother), what="the exit")
    await asyncio.sleep(1.0)
    await ask(stage, "/latency", "IST")
    await ask(stage, "/pnl", "IST")
    await ask(stage, "/report", "IST")
    await asyncio.sleep(3.0)
    await ask(stage, "/status", "followers")


async def play() -> str:
    """Return the screen of the whole day."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Plan(folder=Path(folder), followers=3, poor=1, latency_s=0.06))
        await stage.open()
        try:
            await stage.start_program()
            await morning(stage)
            await trading(stage)
            await ending(stage)
            return on_the_phone(stage.trader.messages())
        finally:
            await stage.close()


def shown() -> list[str]:
    """Return the lines of the screen that the page shows."""
    text = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    return [line for line in text.strip().split("\n") if not line.startswith("```")]


def too_wide(lines: Sequence[str]) -> list[str]:
    """Return the lines that are wider than the screen."""
    return [line for line in lines if cell_len(line) > COLUMNS]


def main() -> None:
    """Play a day and write it into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    day = f"```text\n{asyncio.run(play())}\n```"
    PAGE.write_text(f"{before}{BEGIN}\n\n{day}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
