"""What looks after all accounts goes on when one of them joins, or leaves in the middle of a question."""

import asyncio
from decimal import Decimal

from engine.core.values.keys import Key
from engine.core.values.margins import MarginQuestion
from engine.core.values.market import Product, Side, Venue
from engine.margin_desk import MarginDesk
from engine.paper_margins import LotMargins
from engine.supervisor import Supervisor
from tests.core.core_world import FATHER, MOTHER
from tests.engine_shell.shell_world import ManualClock, settle
from tests.engine_shell.test_shell_paper_margins import CRUDE, Broker, Watched


async def test_the_lots_of_a_follower_who_joins_are_asked_of_his_broker():
    watched, hers = Watched(CRUDE, venue=Venue.PAPER), Broker()
    readers = {FATHER: watched.broker}
    lots = LotMargins(readers, clock=watched.clock, state=lambda: watched.state)
    watched.state.account(MOTHER).session_ok = True
    async with asyncio.TaskGroup() as group:
        task = group.create_task(lots.run())
        await settle()
        readers[MOTHER] = hers
        await watched.wait(2)
        assert lots.per_lot(MOTHER, *CRUDE, Side.BUY) == Decimal(200_000)
        del readers[MOTHER]
        watched.broker.asked.clear()
        await watched.wait(2)
        task.cancel()
    assert len(hers.asked) == 2


async def test_a_question_for_somebody_who_has_gone_ends_nothing():
    answers: list[object] = []
    desk = MarginDesk({}, funds={}, clock=ManualClock(), offer=answers.append)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(desk.run())
        key = Key(
            venue=Venue.LIVE, follower=FATHER, exchange="NFO", symbol="X", product=Product.NRML
        )  # fmt: skip
        desk.ask([MarginQuestion(key=key, order_id="M1", legs=())])
        await settle()
        assert not task.done()
        task.cancel()
    assert answers == []


async def test_a_task_that_is_not_wanted_any_more_ends_and_its_siblings_go_on():
    ended: list[str] = []

    async def run(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        supervisor = Supervisor(group, clock=ManualClock(), faulted=lambda _n, _e: None)
        supervisor.watch("father books", lambda: run("father"))
        supervisor.watch("mother books", lambda: run("mother"))
        await settle()
        supervisor.unwatch("mother books")
        supervisor.unwatch("nobody's")
        await settle()
        assert ended == ["mother"]
        supervisor.stop()
