"""docs/sizing.md: the worked examples are what the engine decides, and every way of sizing has one."""

from engine.attention import FUNDS_OPEN_S
from engine.core.risk.burst import BURST
from engine.core.risk.scale import RATIO_STEP, READING_AGE
from engine.core.values.rules import Sizing
from tests.docs.sizing_page import BEGIN, END, EXAMPLES, PAGE, examples


def test_the_examples_of_the_page_are_what_the_engine_decides():
    shown = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert shown.strip() == examples(), "run: python -m tests.docs.sizing_page"


def test_every_way_of_sizing_has_an_example():
    shown = {example.rules.get("sizing", Sizing.MULTIPLIER) for example in EXAMPLES}
    assert shown == set(Sizing)


def test_the_page_names_the_figures_of_the_program():
    text = PAGE.read_text(encoding="utf-8")
    minutes, burst = READING_AGE.total_seconds() / 60, BURST.total_seconds()
    assert f"{minutes:.0f} minutes" in text
    assert f"{burst:.0f} s" in text
    assert f"{FUNDS_OPEN_S:.0f} s" in text
    assert f"{RATIO_STEP:f}" in text
