"""What the engine's door answers to why, funds and drift."""

import asyncio
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot import account_funds
from bot.desk import EngineDesk
from bot.used_codes import UsedCodes
from engine.core.state.state import State
from engine.core.values.market import MASTER, AccountName, OrderType, Product
from engine.core.values.orders import Funds
from engine.errors import BrokerUnavailable
from tests.bot_chat.chat_fakes import ManualClock
from tests.bot_chat.chat_views import a_story
from tests.core.core_world import FATHER, World, a_follower, an_order, done

RICH = Funds(equity=Decimal(100_000), commodity=Decimal(0))


class Reader:
    """Answers funds, fails, or never answers."""

    def __init__(self, answer=RICH):
        self._answer = answer

    async def funds(self):
        if self._answer is None:
            await asyncio.Event().wait()
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def a_desk(state: State, *, readers=None, stories=None) -> EngineDesk:
    async def story(asked, numbered):
        return (stories or {}).get(numbered(asked) or asked)

    return EngineDesk(
        SimpleNamespace(state=state),
        clock=ManualClock(),
        sessions={},
        readers=readers or {},
        story=story,
        sealer=None,
        context_of=str,
        live_refusals=(),
        problems=tuple,
        store_fault=str,
        changed=print,
        registered=print,
        used_codes=UsedCodes(Path("nowhere")),
        days=None,
    )


async def test_funds_are_read_from_every_account_at_once_and_one_failure_hides_no_other(
    monkeypatch,
):
    monkeypatch.setattr(account_funds, "FUNDS_S", 0.05)
    state = State()
    readers = {
        MASTER: Reader(),
        AccountName("down"): Reader(BrokerUnavailable("Kite answered 502")),
        AccountName("mute"): Reader(None),
        AccountName("out"): Reader(),
    }
    for name in readers:
        state.account(name).session_ok = name != "out"
    async with asyncio.timeout(2):
        found = {one.account: one for one in await a_desk(state, readers=readers).funds()}
    assert list(found) == list(readers)
    assert found[MASTER].funds == RICH
    down = found[AccountName("down")].problem
    assert down == "Kite is not reached: Kite answered 502 - try again in a minute"
    assert "did not answer within" in found[AccountName("mute")].problem
    assert found[AccountName("out")].problem == "no session: /login out"
    assert [one.funds for one in found.values()].count(None) == 3


@pytest.mark.parametrize("asked", ["M1", "1", "#1"])
async def test_a_card_number_of_today_leads_to_its_order(asked):
    world, told = World(), a_story("it was copied.")
    world.master(done())
    assert await a_desk(world.state, stories={"M1": told}).why(asked) is told
    assert await a_desk(world.state, stories={}).why(asked) is None


async def test_drift_is_read_off_the_ledger():
    world = World()
    world.obliging = True
    world.master(done())
    (father,) = a_desk(world.state).drift()
    assert (father.account, father.rows) == ("father", ())


async def test_the_trigger_of_a_stop_is_among_what_is_shown_of_it():
    world = World()
    world.master(
        an_order(order_type=OrderType.SL, price="1600", trigger_price=Decimal(1590), quantity=5)
    )
    (view,) = a_desk(world.state).copies()
    assert (view.order_type, view.price, view.trigger_price) == (OrderType.SL, 1600, 1590)


def test_limits_are_read_off_the_ledger_with_what_is_used():
    rules = a_follower(
        max_order_quantity=1800,
        max_order_value=Decimal(200_000),
        max_position_value=Decimal(500_000),
        max_open_positions=5,
        max_orders_per_day=40,
    )
    world = World(rules)
    world.wait(0.5, SBIN="100", INFY="900")
    world.master(an_order("M1", quantity=10, price="850", symbol="INFY"))
    world.ack()
    for order_id in ("M2", "M3"):
        world.master(done(order_id, quantity=25))
        world.ack_and_fill()
    (father,) = a_desk(world.state).limits()
    assert [(each.name, each.limit, each.used) for each in father.lines] == [
        ("order, units", "1,800", ""),
        ("order, value", "2,00,000", ""),
        ("position", "5,00,000", "9,000"),
        ("positions", "5", "2"),
        ("orders/day", "40", "3"),
    ]
    assert not father.cuts


def test_a_follower_without_limits_has_none_to_show():
    (father,) = a_desk(World().state).limits()
    assert father.lines == ()


def test_the_largest_position_leaves_out_contracts_whose_size_is_not_known():
    world = World(a_follower(max_position_value=Decimal(500_000)))
    crude = {"exchange": "MCX", "symbol": "CRUDEOIL26DECFUT", "product": Product.NRML}
    world.state.rules = {FATHER: a_follower()}
    world.master(an_order(quantity=1, price="5500", **crude))
    world.ack()
    world.state.rules = world.rules
    world.wait(0.5, SBIN="100")
    world.state.prices["MCX:CRUDEOIL26DECFUT"] = Decimal(5500)
    ((position,),) = (each.lines for each in a_desk(world.state).limits())
    assert position.used == "0"
