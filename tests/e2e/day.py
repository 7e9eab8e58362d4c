"""A short day of the master's, and what each follower should have from it."""

from dataclasses import dataclass
from decimal import Decimal

from demo.exchange.build import MASTER
from demo.stage import Stage
from tests.e2e.conftest import until

NIFTY = "NIFTY26DECFUT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """One thing the master bought: enough to check every follower's order against."""

    exchange: str
    symbol: str
    product: str
    quantity: int
    lot: int


DAY = (
    Bought(exchange="NSE", symbol="RELIANCE", product="MIS", quantity=10, lot=1),
    Bought(exchange="NSE", symbol="M&M", product="CNC", quantity=6, lot=1),
    Bought(exchange="NFO", symbol=NIFTY, product="NRML", quantity=130, lot=65),
)


def wanted(bought: Bought, multiplier: Decimal) -> int:
    """Return the units a follower should have, by the rule a trader was told: whole lots only."""
    return int(bought.quantity * multiplier) // bought.lot * bought.lot


async def buy_everything(stage: Stage) -> None:
    """Let the master buy from the Kite app and wait until his orders have filled."""
    for bought in DAY:
        stage.exchange.place_from_app(
            MASTER,
            exchange=bought.exchange,
            tradingsymbol=bought.symbol,
            transaction_type="BUY",
            quantity=bought.quantity,
            product=bought.product,
        )
    await until(
        lambda: len(stage.exchange.net_positions(MASTER)) == len(DAY), what="the master's fills"
    )


async def sell_everything(stage: Stage) -> None:
    """Let the master go flat again."""
    for bought in DAY:
        stage.exchange.place_from_app(
            MASTER,
            exchange=bought.exchange,
            tradingsymbol=bought.symbol,
            transaction_type="SELL",
            quantity=bought.quantity,
            product=bought.product,
        )
    await until(lambda: not stage.exchange.net_positions(MASTER), what="the master going flat")
