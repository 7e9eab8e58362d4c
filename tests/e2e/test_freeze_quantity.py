"""A freeze table that is out of date, met by the real process: an exit is refused, learned, sliced."""

from dataclasses import replace
from decimal import Decimal

from demo.exchange.build import MASTER
from tests.e2e.conftest import until
from tests.e2e.day import NIFTY

LOT = 65


def trade(stage, side: str, lots: int) -> None:
    stage.exchange.place_from_app(
        MASTER,
        exchange="NFO",
        tradingsymbol=NIFTY,
        transaction_type=side,
        quantity=lots * LOT,
        product="NRML",
    )


async def until_father_holds(stage, lots: int) -> None:
    def holds() -> bool:
        found = stage.exchange.net_positions(stage.user_id("father"))
        return found.get(("NFO", NIFTY, "NRML"), 0) == lots * LOT

    await until(holds, what=f"father holding {lots} lots\n{stage.tail_of_log()}")


def sizes(stage, side: str) -> list[tuple[int, int]]:
    """Return (units, HTTP status) of every placement on one side that arrived for the follower."""
    return [
        (int(record.fields["quantity"]), record.status)
        for record in stage.exchange.ledger.order_writes(stage.user_id("father"))
        if record.fields.get("transaction_type") == side
    ]


async def test_an_exit_above_a_freeze_quantity_nobody_knew_is_learned_sliced_and_filled(staged):
    stage = await staged(followers=1, multipliers={"father": Decimal("1.5")})
    await stage.log_in()
    await stage.go_live()
    await stage.start_copying()
    trade(stage, "BUY", 18)
    await until_father_holds(stage, 27)
    assert sizes(stage, "BUY") == [(1755, 200)]

    # The exchanges compute it anew; our table and the dump know nothing of it.
    listed = stage.exchange.instruments.find("NFO", NIFTY)
    stage.exchange.instruments.replace(replace(listed, freeze_quantity=1200))
    mark = stage.trader.mark()
    trade(stage, "SELL", 18)
    await until_father_holds(stage, 0)
    assert sizes(stage, "SELL")[0] == (1755, 400)
    assert sorted(sizes(stage, "SELL")[1:]) == [(585, 200), (1170, 200)]
    told = await stage.trader.expect(lambda m: "at most 1200 NIFTY" in m.text, 8, since=mark)
    assert "not 1800" in told.text
    assert "is out of date" in told.text
    assert not [m for m in stage.trader.messages() if "please act in Kite" in m.text]

    # It is kept over a restart: the next entry and exit are sliced by it at once.
    assert await stage.stop_program() == 0
    await stage.start_program()
    trade(stage, "BUY", 18)
    await until_father_holds(stage, 27)
    assert sorted(sizes(stage, "BUY")[1:]) == [(585, 200), (1170, 200)]
    trade(stage, "SELL", 18)
    await until_father_holds(stage, 0)
    assert all(status == 200 for _, status in sizes(stage, "SELL")[1:])
    assert len(sizes(stage, "SELL")) == 5
    assert await stage.stop_program() == 0
