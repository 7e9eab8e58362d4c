"""The page on the chat's hazards lists all of them, with tests that are there."""

from tests.docs.chat_hazards import FILES, HAZARDS
from tests.docs.hazards_page import BEGIN, END, PAGE, table
from tests.docs.named_tests import exists


def test_no_hazard_is_missing_and_none_is_without_a_test():
    assert [hazard.number for hazard in HAZARDS] == list(range(1, 17))
    assert [hazard.number for hazard in HAZARDS if not hazard.tests] == []


def test_every_test_that_holds_a_hazard_is_there():
    assert [each for hazard in HAZARDS for each in hazard.tests if not exists(FILES, each)] == []
    used = {each.partition("::")[0] for hazard in HAZARDS for each in hazard.tests}
    assert sorted(FILES.keys() - used) == []


def test_the_page_says_what_the_table_says():
    shown = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert shown.strip() == table(), "run: python -m tests.docs.hazards_page"
