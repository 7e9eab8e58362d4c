"""The real process at work on a stage, shared by the tests of a module."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from demo.exchange.build import MASTER
from demo.stage import Plan, Stage
from tests.e2e.conftest import until

FATHER, MOTHER = "father", "mother"


@asynccontextmanager
async def at_work(folder, **plan) -> AsyncIterator[Stage]:
    """Open a stage and bring the program to copying in LIVE."""
    stage = Stage(Plan(folder=folder, **plan))
    await stage.open()
    try:
        try:
            await stage.start_program()
        except TimeoutError:
            raise AssertionError(f"the program did not start\n{stage.tail_of_log()}") from None
        await stage.log_in()
        await stage.go_live()
        await stage.start_copying()
        yield stage
    finally:
        await stage.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory) -> AsyncIterator[Stage]:
    """Two followers, LIVE and copying; every test of the module uses symbols of its own."""
    async with at_work(tmp_path_factory.mktemp("stage"), followers=2) as opened:
        yield opened


@pytest.fixture(autouse=True)
def faults_end_with_the_test(request) -> Iterator[None]:
    """Lift what a test of a shared stage put in force, also where it failed."""
    yield
    if "stage" in request.fixturenames:
        request.getfixturevalue("stage").exchange.faults.clear()


def master_trades(stage: Stage, side: str, symbol: str, quantity: int = 5, **changed) -> str:
    """Let the master trade NSE shares intraday from the Kite app; return the order's id."""
    return stage.exchange.place_from_app(
        MASTER,
        exchange="NSE",
        tradingsymbol=symbol,
        transaction_type=side,
        quantity=quantity,
        **{"product": "MIS", **changed},
    )


def net(stage: Stage, name: str, symbol: str, product: str = "MIS") -> int:
    """Return what an account truly holds, signed units."""
    return stage.exchange.net_positions(stage.user_id(name)).get(("NSE", symbol, product), 0)


def requests(stage: Stage, name: str, symbol: str) -> list:
    """Return every placement of a symbol that arrived for an account, booked or not."""
    return [
        record
        for record in stage.exchange.ledger.order_writes(stage.user_id(name))
        if record.fields.get("tradingsymbol") == symbol
    ]


#: Longer than a busy machine of two cores takes for anything; what is promised within a time says so itself.
PATIENCE_S = 20.0


async def until_held(
    stage: Stage, name: str, symbol: str, units: int, *, seconds: float = PATIENCE_S
) -> None:
    """Wait until an account truly holds so many units."""

    def holds() -> bool:
        return net(stage, name, symbol) == units

    await until(holds, seconds=seconds, what=f"{name} holding {units} {symbol}")


async def told(stage: Stage, *words: str, since: int = 0, seconds: float = PATIENCE_S) -> str:
    """Wait until one message of the bot holds all the words; return its text."""
    message = await stage.trader.expect(
        lambda m: all(word in m.text for word in words), seconds, since=since
    )
    return message.text
