"""The list of checks on a phone: what is not well, each in its own lines, and how many are well."""

import pytest

from bot.chat.html_text import TABLE_COLUMNS
from bot.chat.render_tables import check_lines, hanging
from engine.core.values.views import CheckLevel, CheckLine

WELL = tuple(CheckLine(level=CheckLevel.OK, text=f"thing {number} is well") for number in range(12))
WARNED = CheckLine(
    level=CheckLevel.WARN, text="asha: DDPI is not signed: a CNC exit needs TPIN in Kite each day"
)
FAILED = CheckLine(level=CheckLevel.FAIL, text="master: Kite has ended the session, /login master")


def test_what_is_well_is_only_counted_and_what_is_not_is_told_whole():
    assert check_lines((*WELL, WARNED, FAILED)) == [
        "-- asha: DDPI is not signed: a CNC",
        "  exit needs TPIN in Kite each day",
        "!! master: Kite has ended the",
        "  session, /login master",
        "ok 12 of 14 checks",
    ]


@pytest.mark.parametrize("checks", [WELL, (WARNED, FAILED), ()])
def test_a_list_is_never_wider_than_a_phone_nor_longer_than_what_is_wrong(checks):
    lines = check_lines(checks)
    assert all(len(line) <= 34 for line in lines)
    assert lines[-1:] == [
        f"ok {len([c for c in checks if c in WELL])} of {len(checks)} checks"
    ] * bool(checks)


def test_a_command_that_is_to_be_sent_is_not_torn_from_its_account():
    for name in ("papa", "mummy", "a_name_of_20_letters"):
        for before in range(1, 30):
            lines = hanging("!! ", f"{'x' * before}: no session, /login {name}")
            assert sum(f"/login {name}" in line for line in lines) == 1, lines
            assert max(map(len, lines)) <= TABLE_COLUMNS
