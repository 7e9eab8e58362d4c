"""Planted faults of the program: the simulation must notice each, by the promise it breaks.

The table is in `tests.sim.mutants.table`; the same days without the fault break no promise.
"""

import pytest

from tests.sim.mutants.planting import found
from tests.sim.mutants.table import MUTANTS


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_fault_is_noticed(mutant, new_store, monkeypatch):
    assert mutant.said in found(mutant, new_store, monkeypatch)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_same_days_without_the_fault_break_no_promise(mutant, new_store):
    assert found(mutant, new_store, None) == ""


def test_there_are_enough_and_each_has_a_name_of_its_own():
    names = [mutant.name for mutant in MUTANTS]
    assert len(names) == len(set(names)) >= 30
