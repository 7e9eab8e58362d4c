"""The page on recovery lists every row, tests that are there, and every planted fault."""

from pathlib import Path

import pytest

from tests.docs.catalogue_cases import CASES
from tests.docs.catalogue_faults import FAULTS
from tests.docs.recovery_page import BEGIN, END, PAGE, exists, line, mutant_rows
from tests.sim.mutants.table import ELSEWHERE

TABLES = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].splitlines()


@pytest.mark.parametrize(("entries", "count"), [(FAULTS, 77), (CASES, 40)], ids=["faults", "cases"])
def test_no_row_is_missing_and_none_is_without_a_test_or_a_reason(entries, count):
    assert [entry.number for entry in entries] == list(range(1, count + 1))
    assert [e.number for e in entries if not e.tests and not e.coming and not e.note] == []


@pytest.mark.parametrize("entries", [FAULTS, CASES], ids=["faults", "cases"])
def test_every_test_that_is_named_is_there(entries):
    assert [each for entry in entries for each in entry.tests if not exists(each)] == []


@pytest.mark.parametrize("entries", [FAULTS, CASES], ids=["faults", "cases"])
def test_the_page_says_what_the_catalogue_says(entries):
    """What is in work may have landed since the page was made."""
    lines = set(TABLES)
    told = [{line(entry, landed=landed) for landed in (False, True)} for entry in entries]
    assert [min(each) for each in told if not each & lines] == []


def test_the_planted_faults_of_the_page_are_those_of_the_table():
    assert [each for each in mutant_rows() if each not in TABLES] == []


def test_what_is_held_elsewhere_names_a_test_that_is_there():
    for each in ELSEWHERE:
        path, _, name = each.test.partition("::")
        assert f"def {name}(" in Path(PAGE.parents[1] / path).read_text(encoding="utf-8")
