"""Words of a broker that are too long are cut between two of them, in the report as in an escalation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.chat.phrases import shortened
from engine.core.values.commands import RefusalKind
from tests.core.core_world import World, done
from tests.core.test_core_day_report import of

SAID = (
    "Insufficient funds in the equity segment. Required margin is 12345.67 but available is 10.00."
)


def test_a_refusal_in_the_report_ends_with_a_whole_word():
    world = World()
    world.master(done("M1"))
    world.refuse(world.place(), RefusalKind.MARGIN, SAID)
    [(reason, count)] = of(world).failed
    assert count == 1
    assert reason == "refused: Insufficient funds in the equity segment. Required margin…"


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("one two", 7, "one two"),
        ("one two three", 9, "one two…"),
        ("one two three", 8, "one two…"),
        ("one, two", 6, "one…"),
        ("NIFTY26NOV24000CE", 6, "NIFTY…"),
    ],
)
def test_it_is_cut_between_words(text, most, shown):
    assert shortened(text, most) == shown


@given(st.text(alphabet="ab ,", max_size=40), st.integers(2, 30))
def test_it_is_never_longer_and_begins_alike(text, most):
    shown = shortened(text, most)
    assert len(shown) <= most
    assert text.startswith(shown.removesuffix("…"))
