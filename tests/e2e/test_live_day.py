"""LIVE over real sockets: the real process, five followers, a local exchange and chat."""

from decimal import Decimal

from demo.exchange.build import MASTER
from tests.e2e.conftest import until
from tests.e2e.day import DAY, buy_everything, sell_everything, wanted

MULTIPLIERS = {"mother": Decimal(2), "brother": Decimal("0.5"), "sister": Decimal("1.5")}


async def test_a_live_day_reaches_five_followers_right(staged):
    stage = await staged(followers=5, multipliers=MULTIPLIERS)
    await stage.log_in()
    await stage.go_live()
    await stage.start_copying()

    await buy_everything(stage)
    for name in stage.names:
        multiplier = MULTIPLIERS.get(name, Decimal(1))
        expected = {
            (bought.exchange, bought.symbol, bought.product): wanted(bought, multiplier)
            for bought in DAY
        }
        await until(
            lambda name=name, expected=expected: (
                stage.exchange.net_positions(stage.user_id(name)) == expected
            ),
            what=f"{name} holding {expected}\n{stage.tail_of_log()}",
        )

    await sell_everything(stage)
    for name in stage.names:
        await until(
            lambda name=name: not stage.exchange.net_positions(stage.user_id(name)),
            what=f"{name} flat\n{stage.tail_of_log()}",
        )

    placed = stage.exchange.ledger.placed()
    tags = [record.tag for record in placed]
    assert len(tags) == len(set(tags)) == 2 * 5 * len(DAY)
    assert all(tag.startswith("KC") and tag.isalnum() and len(tag) <= 20 for tag in tags)
    products = {bought.symbol: bought.product for bought in DAY}
    lots = {bought.symbol: bought.lot for bought in DAY}
    for record in placed:
        fields = record.fields
        assert fields["product"] == products[fields["tradingsymbol"]]
        assert int(fields["quantity"]) % lots[fields["tradingsymbol"]] == 0
        if fields["order_type"] == "MARKET":
            assert fields["market_protection"] == "-1"
    assert not stage.exchange.ledger.order_writes(MASTER), "the master is only watched"
    assert await stage.stop_program() == 0


async def test_the_same_day_in_paper_writes_nothing_to_the_broker(staged):
    stage = await staged(followers=5, multipliers=MULTIPLIERS)
    await stage.log_in()
    await stage.start_copying()

    await buy_everything(stage)
    mark = stage.trader.mark()
    await until(
        lambda: (
            sum("COPY #" in m.text and "5 of 5" in m.text for m in stage.trader.messages()) == 3
        ),
        what=f"three cards with all five\n{stage.tail_of_log()}",
    )
    await sell_everything(stage)
    await until(
        lambda: (
            sum("COPY #" in m.text and "5 of 5" in m.text for m in stage.trader.messages()) == 6
        ),
        what=f"six cards with all five (since {mark})\n{stage.tail_of_log()}",
    )
    assert not stage.exchange.ledger.order_writes()
    assert await stage.stop_program() == 0
