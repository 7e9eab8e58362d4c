"""PAPER: the real feed, the paper venue, and not one write to the broker."""

from dataclasses import replace

import pytest

from engine.core.values.market import Venue
from tests.sim import sim_program
from tests.sim.sim_day import run_day
from tests.sim.sim_paper import paper_of
from tests.sim.sim_plan import plan_of


@pytest.mark.parametrize("seed", range(2000, 2012))
def test_a_paper_day_in_thin_markets_keeps_every_promise(seed, new_store):
    plan = paper_of(seed)
    outcome = run_day(plan, new_store(), rest_s=20)
    assert not outcome.violations, f"{plan}\n" + "\n".join(outcome.violations)


@pytest.mark.parametrize("seed", range(2000, 2008))
def test_a_paper_day_copies_and_writes_nothing(seed, new_store):
    plan = replace(plan_of(seed), paper=True)
    outcome = run_day(plan, new_store(), rest_s=20)
    assert outcome.writes == 0
    assert not outcome.violations, f"{plan}\n" + "\n".join(outcome.violations)


def test_paper_days_do_copy(new_store):
    plans = [replace(plan_of(seed, troubled=False), paper=True) for seed in range(3)]
    assert sum(run_day(plan, new_store(), rest_s=5).copied for plan in plans) > 10


def test_the_transport_refuses_what_a_wrong_lane_lets_through(new_store, monkeypatch):
    honest = sim_program.Life._lanes

    def mixed_up(self):
        lanes = honest(self)
        return {
            (venue, name): lanes[Venue.LIVE, name] if venue is Venue.PAPER else lane
            for (venue, name), lane in lanes.items()
        }

    monkeypatch.setattr(sim_program.Life, "_lanes", mixed_up)
    plan = replace(plan_of(1, troubled=False), paper=True)
    outcome = run_day(plan, new_store(), rest_s=5)
    assert outcome.writes == 0


def test_a_leak_of_lane_and_permit_together_is_caught(new_store, monkeypatch):
    honest = sim_program.Life._lanes

    def mixed_up(self):
        lanes = honest(self)
        return lanes | {
            (Venue.PAPER, name): lane
            for (venue, name), lane in lanes.items()
            if venue is Venue.LIVE
        }

    monkeypatch.setattr(sim_program.Life, "_lanes", mixed_up)
    monkeypatch.setattr(sim_program.Life, "may_write", lambda self, name: True)
    plan = replace(plan_of(1, troubled=False), paper=True)
    assert any("PAPER wrote" in said for said in run_day(plan, new_store(), rest_s=5).violations)
