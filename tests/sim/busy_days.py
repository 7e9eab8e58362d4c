"""Makes the store of busy days: the real program in virtual time, copying many orders to many followers.

``python -m tests.sim.busy_days FOLDER --orders 5000 --followers 20 --days 1`` leaves FOLDER/journal.db and writes one
line of JSON. The day is as full as the broker's limits let it be: five orders of the master's a second, and the
last ones are exits, since entries stop at 4,500 a day (`engine/budget.py`).
"""

import argparse
import asyncio
import json
import random
import sys
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from demo.exchange.build import MASTER as MASTER_ID
from demo.exchange.build import demo_exchange, follower_id, follower_name
from engine.core.values import control as c
from engine.core.values.market import MASTER, AccountName
from engine.core.values.rules import FollowerRules
from storage.store_name import STORE_NAME
from tests.sim.sim_listing import listed
from tests.sim.sim_mortal import Deaths
from tests.sim.sim_program import Life
from tests.sim.sim_setting import Setting
from tests.sim.virtual_loop import VirtualClock, run_virtually

SHARES = tuple(("NSE", each) for each in ("RELIANCE", "INFY", "SBIN", "TCS", "HDFCBANK", "M&M"))
#: Seconds between two orders of his: with its exits each follower stays below 360 entries a minute.
EVERY_S = 0.2
#: The share of the orders that are the day's last exits: so many shares are held by then.
LAST_EXITS = 10
#: Seconds that everything has to settle at the end of a day.
_SETTLES_S = 40.0
_PUMP_S = 0.1


def trades(orders: int) -> list[tuple[str, tuple[str, str]]]:
    """Return what he does, order by order: the side and the share; at the end nothing is held."""
    last = max(1, orders // LAST_EXITS)
    held = [SHARES[n % len(SHARES)] for n in range(last)]
    by_turns = [SHARES[n % len(SHARES)] for n in range((orders - 2 * last) // 2)]
    return [
        *(("BUY", share) for share in held),
        *((side, share) for share in by_turns for side in ("BUY", "SELL")),
        *(("SELL", share) for share in held),
    ]


class BusyDays:
    """A master, his followers, and one program that lives through the nights too."""

    def __init__(
        self, data_dir: Path, *, followers: int, paper: bool = False, seed: int = 1
    ) -> None:
        self.paper = paper
        self.clock = VirtualClock(asyncio.get_running_loop())
        chance = random.Random(f"{seed}:exchange")
        catalogue = demo_exchange(self.clock, chance, followers=0).instruments
        self.exchange = demo_exchange(
            self.clock, chance, followers=followers,
            instruments=[catalogue[each] for each in SHARES],
        )  # fmt: skip
        self.names = [AccountName(follower_name(n)) for n in range(1, followers + 1)]
        ids = {name: follower_id(n) for n, name in enumerate(self.names, 1)}
        self.setting = Setting(
            exchange=self.exchange, data_dir=data_dir, clock=self.clock,
            rng=random.Random(f"{seed}:wire"),
            rules=tuple(
                FollowerRules(name=name, user_id=ids[name], multiplier=Decimal(1))
                for name in self.names
            ),
            user_ids={MASTER: MASTER_ID} | ids,
            instruments=listed(self.exchange),
            spy=lambda _account, _request: None, paper=paper,
        )  # fmt: skip
        self.life = Life(self.setting, Deaths())

    async def live(self, days: int, orders: int, ended: Callable[[int], None]) -> None:
        """Trade so many days with so many orders each; `ended` hears of each evening."""
        async with asyncio.TaskGroup() as group:
            pump = group.create_task(self._pump())
            living = group.create_task(self.life.run())
            for number in range(days):
                if number:
                    await self._night()
                await self._open()
                await self._trade(trades(orders))
                self.setting.notices.clear()
                ended(number + 1)
            pump.cancel()
            self.life.kill()
            await asyncio.wait([living])
        assert not self.life.faults, self.life.faults[:3]
        assert not self.setting.halts, self.setting.halts

    async def _open(self) -> None:
        for name in self.setting.user_ids:
            await self.life.log_in(name)
        if not self.paper:
            until = self.clock.now() + timedelta(hours=15)
            await self.life.ask(c.GoLive(armed_until=until, totp_step=None))
        while not (await self.life.ask(c.StartCopy())).accepted:
            await self.clock.sleep(0.5)
        await asyncio.sleep(35)

    async def _trade(self, orders: list[tuple[str, tuple[str, str]]]) -> None:
        for side, (exchange, symbol) in orders:
            self.exchange.place_from_app(
                MASTER_ID, exchange=exchange, tradingsymbol=symbol, transaction_type=side,
                quantity=1, product="MIS",
            )  # fmt: skip
            await asyncio.sleep(EVERY_S)
        await asyncio.sleep(_SETTLES_S)

    async def _night(self) -> None:
        self.exchange.end_day()
        await asyncio.sleep(2)
        self.clock.leap(timedelta(days=1) - timedelta(seconds=_SETTLES_S))
        for account in self.exchange.accounts:
            self.exchange.sessions.kill(account.user_id)
        self.exchange.events.start_next_day()
        self.exchange.events.open_market()
        await asyncio.sleep(3)

    async def _pump(self) -> None:
        beats = 0
        while True:
            self.exchange.agenda.run_due(self.clock.now())
            self.exchange.desk.floor.match()
            self.exchange.sockets.tick()
            beats += 1
            if beats % 10 == 0:
                self.exchange.sockets.beat()
            await asyncio.sleep(_PUMP_S)


def play(
    data_dir: Path, *, followers: int, orders: int, days: int = 1, paper: bool = False,
    ended: Callable[["BusyDays", int], None] = lambda _days, _number: None,
) -> BusyDays:  # fmt: skip
    """Live through days in virtual time; leave their store in the folder."""

    async def work() -> BusyDays:
        busy = BusyDays(data_dir, followers=followers, paper=paper)
        await busy.live(days, orders, lambda number: ended(busy, number))
        return busy

    return run_virtually(work())


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim.busy_days", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--orders", type=int, default=5_000)
    parser.add_argument("--followers", type=int, default=20)
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument(
        "--paper", action="store_true", help="no account of a follower is read: quicker"
    )
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    busy = play(
        asked.folder, followers=asked.followers, orders=asked.orders, days=asked.days,
        paper=asked.paper,
    )  # fmt: skip
    told = {
        "children": len(busy.life.runner.state.children),
        "events": busy.life.newest_event,
        "bytes": (asked.folder / STORE_NAME).stat().st_size,
        "alerts": sorted({each.text for each in busy.setting.notices if each.text})[:20],
    }
    sys.stdout.write(f"{json.dumps(told)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
