"""Several trading days of one program on the exchange's core: delivery, nights and conversions.

The program runs by day; at night it is down, as a machine that is switched off would have it.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from demo.exchange.build import MASTER as MASTER_ID
from demo.exchange.build import demo_exchange, follower_id
from engine.core.state.state import State
from engine.core.values import control as c
from engine.core.values.market import MASTER, AccountName
from engine.core.values.rules import FollowerRules
from tests.sim.sim_listing import listed
from tests.sim.sim_mortal import Deaths
from tests.sim.sim_program import Life
from tests.sim.sim_setting import Setting
from tests.sim.virtual_loop import OPENING, VirtualClock

FATHER = AccountName("father")
FATHER_ID = follower_id(1)
SHARES = (("NSE", "INFY"), ("BSE", "INFY"))
#: How often the exchange's time does its work, seconds.
_PUMP_S = 0.2


class Days:
    """One master, one follower, as many days as wanted."""

    def __init__(self, data_dir: Path, *, multiplier: str, seed: int = 1) -> None:
        self.clock = VirtualClock(asyncio.get_running_loop())
        rng = random.Random(f"{seed}:exchange")
        catalogue = demo_exchange(self.clock, rng, followers=0).instruments
        self.exchange = demo_exchange(
            self.clock, rng, followers=1, instruments=[catalogue[each] for each in SHARES]
        )
        self.setting = Setting(
            exchange=self.exchange,
            data_dir=data_dir,
            clock=self.clock,
            rng=random.Random(f"{seed}:wire"),
            rules=(FollowerRules(name=FATHER, user_id=FATHER_ID, multiplier=Decimal(multiplier)),),
            user_ids={MASTER: MASTER_ID, FATHER: FATHER_ID},
            instruments=listed(self.exchange),
            spy=lambda _account, _request: None,
        )
        self.life: Life | None = None
        self._days = 0

    @property
    def state(self) -> State:
        assert self.life is not None
        return self.life.runner.state

    @contextlib.asynccontextmanager
    async def day(self) -> AsyncIterator[None]:
        """Be copying LIVE from ten o'clock until the block ends; then comes a night."""
        self.life = Life(self.setting, Deaths())
        async with asyncio.TaskGroup() as group:
            pump = group.create_task(self._pump())
            living = group.create_task(self.life.run())
            # The new day has begun before anybody logs in.
            await asyncio.sleep(1)
            for name in (MASTER, FATHER):
                await self.life.log_in(name)
            await asyncio.sleep(5)
            until = self.clock.now() + timedelta(hours=15)
            await self.life.ask(c.GoLive(armed_until=until, totp_step=None))
            assert (await self.life.ask(c.StartCopy())).accepted
            # Everybody's positions and holdings have been read by then.
            await asyncio.sleep(35)
            yield
            self.life.kill()
            await asyncio.wait([living])
            pump.cancel()
        self._days += 1
        morning = OPENING + timedelta(days=self._days)
        await asyncio.sleep((morning - self.clock.now()).total_seconds())
        self.exchange.events.start_next_day()

    async def master(
        self, side: str, quantity: int, exchange: str = "NSE", *, product: str = "CNC"
    ) -> str:
        """Let the master trade at the market, and give the copy time to fill."""
        order_id = self.exchange.place_from_app(
            MASTER_ID, exchange=exchange, tradingsymbol="INFY", transaction_type=side,
            quantity=quantity, product=product,
        )  # fmt: skip
        await asyncio.sleep(8)
        return order_id

    def fathers_orders(self) -> list[tuple[str, str, str, int, str]]:
        """Return (exchange, product, side, filled units, status) of the follower's orders today."""
        return [
            (
                str(row["exchange"]),
                str(row["product"]),
                str(row["transaction_type"]),
                int(str(row["filled_quantity"])),
                str(row["status"]),
            )
            for row in self.exchange.orders_of(FATHER_ID)
        ]

    def owned(self) -> int:
        """Return the shares that the follower owns, by the exchange's own books."""
        portfolio = self.exchange.desk.portfolios[FATHER_ID]
        held = portfolio.holdings.get("INFY")
        in_demat = held.quantity + held.t1_quantity if held else 0
        return in_demat + sum(each.quantity for each in portfolio.positions.values())

    def copied(self) -> int:
        """Return the copied units by the program's ledger, whatever key they are under."""
        return sum(book.held for books in self.state.books.values() for book in books.values())

    def told(self, containing: str) -> list[str]:
        return [each.text for each in self.setting.notices if containing in each.text]

    def now(self) -> datetime:
        return self.clock.now()

    async def _pump(self) -> None:
        while True:
            self.exchange.agenda.run_due(self.clock.now())
            self.exchange.desk.floor.match()
            self.exchange.sockets.tick()
            self.exchange.sockets.beat()
            await asyncio.sleep(_PUMP_S)
