"""Planted faults of the program: the simulation must notice each, by the promise it breaks.

The table is in `tests.sim.mutants.table`; that the same days break no promise without the fault is in
`test_sim_mutants_days.py`, so that two workers share the work.
"""

import pytest

from tests.sim.mutants.planting import found
from tests.sim.mutants.table import MUTANTS


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_fault_is_noticed(mutant, new_store, monkeypatch):
    assert mutant.said in found(mutant, new_store, monkeypatch)


def test_there_are_enough_and_each_has_a_name_of_its_own():
    names = [mutant.name for mutant in MUTANTS]
    assert len(names) == len(set(names)) >= 30
