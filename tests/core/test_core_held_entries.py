"""No entry is held back in silence: it is looked at again, somebody is asked, or a reason is recorded."""

import pytest
from hypothesis import HealthCheck, given, settings

import engine.core.planning.entry_checks
import engine.core.planning.plan_entry
from engine.core.planning.entry_checks import ASKED, ASKED_OF_MORE, Entry, Held, LeftOut, Waits
from engine.core.planning.entry_checks import what_stands_against as honest
from engine.core.values.keys import Leg
from engine.core.values.market import OrderId
from engine.core.values.notices import SkipReason
from engine.core.values.rules import Mirror
from tests.core.core_world import World, a_follower, an_order, done
from tests.core.test_core_histories import History, steps

LAID_DOWN = [
    "was left out", "shares that nobody has", "moment", "what was not asked before", "age", "burst", "session",
    "what comes first", "what he kept", "limits", "approval", "margin of its basket", "hedge",
]  # fmt: skip


def test_what_is_asked_before_an_entry_leaves_is_this_in_this_order():
    assert [ask.__name__.strip("_").replace("_", " ") for ask in ASKED] == LAID_DOWN


def test_what_rests_is_asked_no_less_before_it_grows():
    of_more = {ask.__name__ for ask in ASKED_OF_MORE}
    assert of_more == {
        "_moment", "_first_read", "_fate_of_another", "_age", "_session_of_more", "_limits_of_more",
    }  # fmt: skip


@pytest.mark.parametrize("number", range(len(ASKED)), ids=LAID_DOWN)
@pytest.mark.parametrize("answer", [None, "out", "waits"])
def test_each_answer_leaves_a_trace_and_only_none_lets_it_leave(monkeypatch, number, answer):
    """Whatever asks it: a reason in the ledger, or a time at which it is asked again."""
    # A limit that is never met: what may be held back goes the whole way.
    world = World(a_follower(max_order_quantity=10**6))
    until = world.now.replace(minute=1)
    answers = {
        None: None,
        "out": LeftOut(SkipReason.STALE, "so"),
        "waits": Waits(until),
    }
    asked = list(ASKED)
    asked[number] = lambda _: answers[answer]
    monkeypatch.setattr(engine.core.planning.entry_checks, "ASKED", tuple(asked))
    world.master(done("M1"))
    skipped = world.part().skips.get(Leg.ENTRY)
    assert len(world.places()) == (answer is None)
    assert (skipped is not None) == (answer == "out")
    assert (world.state.wakes.get(world.key()) == until) or answer != "waits"


@given(steps)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_happens_what_holds_an_entry_back_leaves_a_trace(history):
    world = World(a_follower(multiplier=1, mirror=Mirror.SWEEP))
    play, held = History(world), list[tuple[Entry, Held]]()

    def listened(entry: Entry) -> Held | None:
        answer = honest(entry)
        if answer is Held.SETTLED:
            held.append((entry, answer))
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.core.planning.plan_entry, "what_stands_against", listened)
        for kind, number in history:
            held.clear()
            play.step(kind, number)
            for entry, _ in held:
                assert _leaves_a_trace(world, entry)
        _calm_down(world)
        for book in world.state.books.get(world.key().master, {}).values():
            for order_id, part in book.parts.items():
                assert _has_an_end(world, OrderId(order_id), part)


def _leaves_a_trace(world: World, entry: Entry) -> bool:
    """Whether it has a reason, or will be looked at again by itself."""
    part, key = entry.context.part, entry.context.key
    return Leg.ENTRY in part.skips or key in world.state.wakes or bool(part.of(Leg.ENTRY))


def _calm_down(world: World) -> None:
    """Answer all that is open and let time pass: nothing stands in anybody's way then."""
    for name in world.rules:
        if not world.state.account(name).session_ok:
            world.log_in(name)
    for row in list(world.master_rows.values()):
        if not row.status.is_terminal:
            world.master(an_order(row.order_id, row.side.value, row.quantity, status="CANCELLED"))
    world.obliging = True
    for _ in range(3):
        world._oblige()
        for name in world.rules:
            world.read(name)
        world.wait(130, step=5, SBIN=100)


def _has_an_end(world: World, order_id: OrderId, part) -> bool:
    """Whether an order of his that entered came to an order of ours or to a reason."""
    order = world.state.master_order(order_id)
    if order is None or not order.entry_filled:
        return True
    return bool(part.children) or Leg.ENTRY in part.skips
