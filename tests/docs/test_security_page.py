"""The page on security lists every threat, with tests that are there, and says plainly what is not covered."""

from tests.docs.named_tests import exists
from tests.docs.security_page import BEGIN, END, PAGE, THREATS, table
from tests.docs.security_threats import FILES


def test_no_threat_is_without_a_test_unless_it_says_so():
    assert [threat.number for threat in THREATS] == list(range(1, len(THREATS) + 1))
    assert [threat.number for threat in THREATS if not threat.tests and not threat.open] == []
    assert [threat.number for threat in THREATS if threat.open.endswith(".")] == []


def test_every_test_that_holds_a_threat_off_is_there():
    assert [each for threat in THREATS for each in threat.tests if not exists(FILES, each)] == []
    used = {each.partition("::")[0] for threat in THREATS for each in threat.tests}
    assert sorted(FILES.keys() ^ used) == []


def test_the_page_says_what_the_table_says():
    shown = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert shown.strip() == table(), "run: python -m tests.docs.security_page"
