"""docs/mirroring.md says what the engine does, in every segment, live and on paper."""

from decimal import Decimal
from functools import cache

import pytest

from engine.core.state.delivery import DELIVERY
from engine.core.values.commands import Place
from engine.core.values.market import Exchange, OrderType, Product, Venue
from engine.core.values.rules import Mirror
from engine.core.values.translate import takes_market
from tests.docs.mirror_actions import ENTRIES, EXITS, Act
from tests.docs.mirror_page import BEGIN, END, KINDS, PAGE, segments, tables
from tests.docs.mirror_play import PRICE, a_scene, listed, outcome

#: (name, action, whether both hold ten lots before it)
ACTIONS = (
    *((f"entry: {name}", act, False) for name, act in ENTRIES.items()),
    *((f"exit: {name}", act, True) for name, act in EXITS.items()),
)
SHORT = "he sells 15 of his 10: out and short"
#: The kind of contract that every other one is compared with, and that one.
ALIKE = {(key, product): ((KINDS[0][1], KINDS[0][2]), (key, product)) for _, key, product in KINDS}


def test_the_tables_of_the_page_are_what_the_engine_decides():
    shown = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert shown.strip() == tables(), "run: python -m tests.docs.mirror_page"


def test_every_segment_has_a_row():
    assert segments() == {each.value for each in Exchange}


@pytest.mark.parametrize(("name", "act", "held"), ACTIONS, ids=[each[0] for each in ACTIONS])
def test_paper_makes_the_same_decisions(name, act, held):
    share, found = listed("NSE:SBIN"), []
    for venue in (Venue.LIVE, Venue.PAPER):
        scene = a_scene(share, KINDS[0][2], venue=venue)
        if held:
            scene.hold()
        found.append(outcome(scene, act))
    assert found[0] == found[1]


@pytest.mark.parametrize(("title", "key", "product"), KINDS, ids=[each[0] for each in KINDS])
@pytest.mark.parametrize("mirror", list(Mirror), ids=[each.value for each in Mirror])
def test_in_every_segment_an_action_comes_to_the_same_steps(title, key, product, mirror):
    """Types are translated; how often something is sent is the same everywhere."""
    for name, act, held in ACTIONS:
        if name == "exit: MARKET exit, the copy does not fill" and not takes_market(listed(key)):
            continue  # its first rung stands at the band already: the test below
        if act is EXITS[SHORT] and product in DELIVERY:
            continue  # delivery shares cannot be short: he himself could not
        steps = [_steps(act, each, held=held, mirror=mirror) for each in ALIKE[key, product]]
        assert steps[1] == steps[0], f"{name} on {title}"


@pytest.mark.parametrize("product", sorted(DELIVERY))
def test_what_delivery_shares_are_sold_beyond_the_holding_is_no_entry(product):
    scene = a_scene(listed("NSE:M&M"), product)
    scene.hold()
    assert outcome(scene, EXITS[SHORT]) == "SELL MARKET 10"


@cache
def _steps(act: Act, kind: tuple[str, Product], *, held: bool, mirror: Mirror):
    scene = a_scene(listed(kind[0]), kind[1], mirror=mirror)
    if held:
        scene.hold()
    outcome(scene, act, rest_s=20)
    return [phrase.split(" ")[0] for _, phrase in scene.marks]


@pytest.mark.parametrize(("title", "key", "product"), KINDS, ids=[each[0] for each in KINDS])
def test_an_exit_that_does_not_fill_ends_two_bands_away_and_with_a_person(title, key, product):
    instrument = listed(key)
    scene = a_scene(instrument, product)
    scene.hold()
    text = outcome(scene, EXITS["MARKET exit, the copy does not fill"])
    assert text.endswith("a person is asked")
    (child,) = scene.world.state.open_children.values()
    band = Decimal("0.06") if instrument.kind.is_option else Decimal("0.02")
    most = max(PRICE * band, 10 * instrument.tick_size)
    assert child.terms.price == PRICE - most
    scene.world.check_journal()


@pytest.mark.parametrize(("title", "key", "product"), KINDS, ids=[each[0] for each in KINDS])
def test_nothing_is_sent_that_the_exchange_refuses(title, key, product):
    instrument = listed(key)
    for name, act, held in ACTIONS:
        scene = a_scene(instrument, product)
        if held:
            scene.hold()
        outcome(scene, act)
        for command in scene.world.commands:
            if not isinstance(command, Place):
                continue
            what = f"{name} on {title}: {command}"
            assert command.quantity % instrument.lot_size == 0, what
            assert command.product is product, what
            assert command.validity.value == "DAY", what
            protected = command.order_type in (OrderType.MARKET, OrderType.SL_M)
            assert (command.market_protection is not None) == protected, what
            if instrument.kind.is_option or instrument.exchange in ("BSE", "BFO"):
                assert command.order_type is not OrderType.SL_M, what
            if instrument.exchange == "MCX" and instrument.kind.is_option:
                assert command.order_type is not OrderType.MARKET, what
            for price in (command.price, command.trigger_price):
                assert price is None or (price - PRICE) % instrument.tick_size == 0, what
