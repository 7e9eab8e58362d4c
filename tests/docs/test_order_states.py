"""The page on order states says what the table says."""

from pathlib import Path

from engine.core.values.intents import TRANSITIONS, IntentState

PAGE = Path(__file__).parents[2] / "docs" / "order-states.md"


def test_the_page_lists_exactly_the_table():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    expected = [
        f"| {before.value} | {trigger.value} | {after.value} |"
        for (before, trigger), after in TRANSITIONS.items()
    ]
    assert rows[1:] == expected


def test_nothing_leads_back_to_sending():
    into = {before for (before, _), after in TRANSITIONS.items() if after is IntentState.SENDING}
    assert into == {IntentState.PLANNED}
