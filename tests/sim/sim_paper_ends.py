"""Days on paper that end: paper accounts are squared off while RMS squares the master off, lives that die in it."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

import pytest

from demo.exchange.events import Events
from engine.brokers.paper import PaperMarket
from engine.brokers.paper.closings import AT_THE_LAST_PRICE
from engine.core.decide import trading_day_of
from engine.core.values.calendar import NO_END, DayEnds
from tests.sim import sim_day, sim_program
from tests.sim.sim_paper import PaperJudge, paper_of
from tests.sim.sim_plan import Act, Plan

#: The night's close comes 16 s after its square-off (`sim_day.SETTLES_S`): the paper market's a little sooner.
CLOSES_AFTER = timedelta(seconds=12)


def paper_ends_of(seed: int) -> Plan:
    """Return a seed's day on paper in thin markets, a night after it, and something new in the morning."""
    chance = random.Random(f"{seed}:paper ends")
    plan = paper_of(seed)
    night = Act(after=2.5, kind="night", pick=chance.randint(0, 9))
    morning = tuple(
        Act(after=2.0, kind=kind, lots=chance.randint(1, 4), symbol=chance.randint(0, 1))
        for kind in ("buy", "sell")
    )
    return replace(plan, acts=(*plan.acts, night, *morning))


class SquareOffs:
    """When RMS squared off today, by the exchange; paper accounts are squared off from that moment on."""

    def __init__(self) -> None:
        self.at: datetime | None = None
        self.late = 0

    def ends(self, exchange: str, symbol: str, day: date) -> DayEnds:
        """Return the end of a day as the paper market asks for it."""
        if self.at is None or trading_day_of(self.at) != day:
            return NO_END
        return DayEnds(square_off=self.at, close=self.at + CLOSES_AFTER)


@contextmanager
def squared_off_at_night(seed: int) -> Iterator[SquareOffs]:
    """Have paper accounts squared off with the master's, and on most seeds a life die within seconds of it."""
    looks_at = PaperJudge.row

    def row(self, name, row) -> None:
        """Judge what is closed late by the last price alone: nobody has to have shown a side."""
        if row.status_message != AT_THE_LAST_PRICE:
            looks_at(self, name, row)
            return
        offs.late += 1
        quote = self._quotes.get((row.exchange, row.symbol))
        if quote is None or trading_day_of(offs.at) != trading_day_of(row.updated_at):
            self._broken(f"PAPER {name}: {row.order_id} was closed late at no price of this life")

    chance, offs = random.Random(f"{seed}:kills"), SquareOffs()
    honest, plain_night = Events.square_off, sim_day.Day._night
    plain_morning = sim_day.Day._next_morning

    def square_off(self, user_id=None, *, exchange=None):
        offs.at = self._desk.now()
        return honest(self, user_id, exchange=exchange)

    async def night(self, *, awake: bool) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(chance.randint(0, 2)):
            # Two seconds are until RMS begins; the venue looks every second.
            loop.call_later(1.9 + chance.random() * 2.5, lambda: self.lives.now().kill())
        await plain_night(self, awake=awake)

    async def next_morning(self) -> None:
        """Compare before the day turns: the turn ends intraday units, also those a ledger has missed the end of."""
        life = self.lives.now()
        for name in self.names:
            self.paper_judge.account(life.runner.state, name, life.papers[name].positions())
        await plain_morning(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PaperJudge, "row", row)
        patch.setattr(Events, "square_off", square_off)
        patch.setattr(sim_day.Day, "_night", night)
        patch.setattr(sim_day.Day, "_next_morning", next_morning)
        patch.setattr(sim_program, "PaperMarket", partial(PaperMarket, ends=offs.ends))
        yield offs
