"""Followers added, disabled and removed on the real process, while the demo exchange trades real copies."""

import asyncio

import pytest

from bot.control_socket import call
from demo.exchange.build import MASTER
from demo.stage import Plan, Stage
from tests.e2e.conftest import until


@pytest.fixture
async def stage(tmp_path):
    """A stage of two, of whom the file names the father alone."""
    stage = Stage(Plan(folder=tmp_path, followers=2))
    await stage.open()
    mothers = [line for line in lines(stage) if line.startswith("FOLLOWERS__MOTHER")]
    rewrite(stage, [line for line in lines(stage) if line not in mothers])
    await stage.start_program()
    stage.mothers = mothers
    yield stage
    await stage.close()


def lines(stage) -> list[str]:
    return stage.env_file.read_text().splitlines()


def rewrite(stage, new: list[str]) -> None:
    stage.env_file.write_text("\n".join(new) + "\n")


def trade(stage, side: str, symbol: str, quantity: int) -> None:
    stage.exchange.place_from_app(
        MASTER, exchange="NSE", tradingsymbol=symbol, transaction_type=side, quantity=quantity,
        product="MIS",
    )  # fmt: skip


def held(stage, name: str) -> dict[str, int]:
    found = stage.exchange.net_positions(stage.user_id(name)).items()
    return {symbol: units for (_, symbol, _), units in found if units}


async def holds(stage, name: str, **units: int) -> None:
    await until(
        lambda: held(stage, name) == units, what=f"{name} holding {units}: {held(stage, name)}"
    )


async def test_one_joins_one_is_disabled_and_removed_and_no_exit_is_lost(stage):
    trader = stage.trader
    await stage.log_in("master", "father")
    await stage.go_live()
    await stage.start_copying()
    trade(stage, "BUY", "SBIN", 5)
    await holds(stage, "father", SBIN=5)

    # A fault anywhere: nothing of it counts, and what is wrong is in the chat.
    rewrite(stage, [*lines(stage), *stage.mothers, "FOLLOWERS__MOTHER__MULTIPLIER=zero"])
    stage.hang_up()
    refused = await trader.expect("read again and refused; nothing has changed")
    assert "FOLLOWERS__MOTHER__MULTIPLIER" in refused.text
    assert "zero" not in refused.text

    # Mended: in LIVE a new follower waits for a person, whose code of just now still counts.
    rewrite(stage, lines(stage)[:-1])
    stage.hang_up()
    asked = await trader.expect("mother (FA0002): is added")
    trader.tap(asked, "Confirm the changes")
    offered = await trader.expect("mother is new and not logged in")
    trader.tap(offered, "Log in mother")
    card = await trader.expect(lambda m: any(button.url for button in m.buttons))
    url = next(button.url for button in card.buttons if button.url)
    trader.send(await stage.log_in_at_broker(url))
    await trader.expect("mother is logged in")
    trade(stage, "BUY", "INFY", 3)
    await holds(stage, "father", SBIN=5, INFY=3)
    await holds(stage, "mother", INFY=3)

    # Disabled, by what the command line asks: his exits follow, entries do not.
    rewrite(stage, [*lines(stage), "FOLLOWERS__FATHER__ENABLED=false"])
    answer = await asyncio.to_thread(call, stage.plan.folder / "var" / "control.sock", "reread")
    assert answer["ok"]
    assert "father ENABLED: true → false" in answer["text"]
    trade(stage, "BUY", "TCS", 2)
    await holds(stage, "mother", INFY=3, TCS=2)
    trade(stage, "SELL", "INFY", 3)
    await holds(stage, "father", SBIN=5)
    await holds(stage, "mother", TCS=2)

    await _both_leave_over_a_kill(stage)
    answer = await asyncio.to_thread(call, stage.plan.folder / "var" / "control.sock", "status")
    assert [each["name"] for each in answer["status"]["accounts"]] == ["master"]


async def _both_leave_over_a_kill(stage) -> None:
    trader = stage.trader
    # Removed with a copy left, and killed; the other is deleted while nothing runs. The exits of both still follow.
    rewrite(stage, [line for line in lines(stage) if not line.startswith("FOLLOWERS__FATHER")])
    stage.hang_up()
    await trader.expect("no further entry. Still held: +5 SBIN")
    stage.kill_program()
    await stage.stop_program()
    rewrite(stage, [line for line in lines(stage) if not line.startswith("FOLLOWERS__MOTHER")])
    since = trader.mark()
    await stage.start_program()
    await trader.expect("no further entry. Still held: +2 TCS", since=since)
    trade(stage, "BUY", "TCS", 1)
    trade(stage, "SELL", "SBIN", 5)
    await holds(stage, "father")
    await trader.expect("father is removed: nothing copied is left", since=since)
    assert held(stage, "mother") == {"TCS": 2}
    trade(stage, "SELL", "TCS", 3)
    await holds(stage, "mother")
    await trader.expect("mother is removed: nothing copied is left", since=since)
    assert held(stage, "father") == {}
