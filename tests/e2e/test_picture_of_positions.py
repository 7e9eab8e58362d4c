"""A real picture out of the real process, and nothing of it left when that is killed."""

import io
from pathlib import Path

from PIL import Image

from demo.exchange.build import MASTER
from tests.e2e.conftest import until


def render_processes(program: int) -> list[int]:
    found = []
    for each in Path("/proc").iterdir():
        try:
            words = (each / "cmdline").read_text().split("\0")
            parent = (each / "stat").read_text().rpartition(")")[2].split()[1]
        except (OSError, IndexError):
            continue
        if "bot.pictures.worker" in words and parent == str(program):
            found.append(int(each.name))
    return found


def environment_of(process: int) -> str:
    return Path(f"/proc/{process}/environ").read_text()


async def test_positions_of_five_followers_are_a_picture_that_refreshes(staged):
    stage = await staged(followers=5)
    await stage.log_in()
    await stage.start_copying()
    stage.exchange.place_from_app(
        MASTER,
        exchange="NSE",
        tradingsymbol="SBIN",
        transaction_type="BUY",
        quantity=7,
        product="CNC",
    )
    await stage.trader.expect("5 of 5 followed", timeout_s=20)
    stage.trader.send("/positions")
    shown = await stage.trader.expect(lambda m: m.attachment is not None, timeout_s=40)
    assert shown.text.startswith("PAPER · positions")
    assert "1 instrument" in shown.text
    first = shown.attachment.content
    image = Image.open(io.BytesIO(first))
    assert (image.format, image.size) == ("PNG", (1000, 1000))

    stage.trader.tap(shown, "Refresh")
    again = await stage.trader.expect(
        lambda m: m.attachment is not None and m.edited_at is not None, timeout_s=20
    )
    assert again.message_id == shown.message_id

    (worker,) = render_processes(stage._process.pid)
    environment = environment_of(worker)
    assert "TELEGRAM" not in environment
    assert "KITE" not in environment
    stage.kill_program()
    await until(lambda: not Path(f"/proc/{worker}").exists(), what="the end of the render process")
