"""The days on which faults are planted break no promise by themselves: what is noticed there is the fault."""

import pytest

from tests.sim.mutants.planting import found
from tests.sim.mutants.table import MUTANTS


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_same_days_without_the_fault_break_no_promise(mutant, new_store):
    assert found(mutant, new_store, None) == ""
