"""A burst is decided in parts, so that the rest of the program is heard; /stop comes ahead of what waits."""

import asyncio

import pytest

from engine import runner
from engine.core.decide import decide
from engine.core.values import control as c
from engine.core.values.commands import Acked, Place, RefusalKind, Refused, Unknown
from engine.core.values.events import Answered, RowHinted
from engine.core.values.market import MASTER, OrderId, Venue
from engine.runner import LONGEST_DRAIN_S
from tests.core.core_world import FATHER, OWNER, World, done
from tests.engine_shell.shell_world import MORNING, Shell, settle

BURST = 12


def burst(shell: Shell) -> None:
    """Have orders of his come that nobody has decided yet."""
    for number in range(BURST):
        shell.runner.offer(shell.master(done(f"M{number}")))


def slowly(shell: Shell) -> None:
    """Let each look at the clock take so long that three decisions are one drain."""
    seconds = [0.0]

    def monotonic() -> float:
        seconds[0] += LONGEST_DRAIN_S / 3
        return seconds[0]

    shell.clock.monotonic = monotonic


async def test_others_are_heard_between_the_parts_of_a_burst():
    shell = Shell()
    heard = []

    def listen() -> None:
        heard.append(len(shell.journal.batches))
        if len(heard) < BURST:
            asyncio.get_running_loop().call_soon(listen)

    before = len(shell.journal.batches)
    slowly(shell)
    burst(shell)
    asyncio.get_running_loop().call_soon(listen)
    await settle()
    commits = len(shell.journal.batches) - before
    assert 3 < commits < BURST, "several are committed at once"
    assert len(set(heard)) > 3, "somebody ran between any two commits"
    assert len([each for each in shell.gateway().sent if isinstance(each, Place)]) == BURST


async def test_a_quick_burst_is_one_commit():
    shell = Shell()
    before = len(shell.journal.batches)
    burst(shell)
    await settle(2)
    assert len(shell.journal.batches) == before + 1


async def test_stop_is_decided_before_the_orders_that_wait():
    shell = Shell()
    slowly(shell)
    burst(shell)
    assert (await shell.runner.ask(c.StopCopy(), by=OWNER)).accepted
    await settle()
    assert shell.gateway().sent == []


async def test_so_is_the_kill_switch_but_not_its_release_nor_a_start():
    shell = Shell()
    slowly(shell)
    burst(shell)
    assert (await shell.runner.ask(c.SetKill(active=True), by=OWNER)).accepted
    await settle()
    assert shell.gateway().sent == []

    shell = Shell(World(copying=False))
    burst(shell)
    assert (await shell.runner.ask(c.StartCopy(), by=OWNER)).accepted
    await settle()
    assert shell.gateway().sent == [], "they were his before the start"


def an_answer(number: int) -> Answered:
    return Answered(
        tag=f"KCK7{number}", intent_id=f"KCK7{number}", cancel=False,
        outcome=Acked(order_id=OrderId(f"B{number}")), at=MORNING,
    )  # fmt: skip


def a_frame(shell: Shell, order_id: str, *, account: str = MASTER) -> RowHinted:
    row = shell.world._stamped(done(order_id))
    return RowHinted(venue=Venue.LIVE, account=account, row=row, at=MORNING, trusted=True)


def decided(shell: Shell, monkeypatch) -> list[str]:
    """Return what is decided from now on, by what names it."""
    seen: list[str] = []

    def noted(state, event, allowances):
        seen.append(event.row.order_id if isinstance(event, RowHinted) else type(event).__name__)
        return decide(state, event, allowances)

    monkeypatch.setattr(runner, "decide", noted)
    return seen


async def test_his_next_order_is_decided_before_the_answers_to_the_one_before(monkeypatch):
    shell = Shell()
    seen = decided(shell, monkeypatch)
    for number in range(30):
        shell.runner.offer(an_answer(number))
    shell.runner.offer(a_frame(shell, "M1"))
    shell.runner.offer(an_answer(31))
    shell.runner.offer(a_frame(shell, "M2"))
    await settle()
    assert seen[:2] == ["M1", "M2"], "his orders keep their turn"
    assert seen[2:33] == ["Answered"] * 31, "no answer is left out"


async def test_nothing_but_answers_is_overtaken_and_by_nobody_elses_news(monkeypatch):
    shell = Shell()
    seen = decided(shell, monkeypatch)
    shell.runner.offer(an_answer(1))
    shell.runner.report(c.SetKill(active=True), by=OWNER)
    shell.runner.offer(an_answer(2))
    shell.runner.offer(a_frame(shell, "F1", account=FATHER))
    shell.runner.offer(an_answer(3))
    shell.runner.offer(a_frame(shell, "M1"))
    await settle()
    assert seen[:6] == ["Answered", "Asked", "Answered", "F1", "M1", "Answered"]
    assert shell.gateway().sent == [], "the kill switch that came first was first"


@pytest.mark.parametrize(
    ("outcome", "sent"),
    [
        (Unknown(detail="no answer in time"), 1),  # until it is known what became of the first
        (Refused(kind=RefusalKind.MARGIN, message="no funds"), 2),
    ],
    ids=["unknown", "refused"],
)
async def test_an_answer_that_may_keep_his_next_entry_back_is_not_overtaken(
    outcome, sent, monkeypatch
):
    shell = Shell()
    shell.runner.offer(shell.master(done("M1")))
    await settle()
    ((_, answer),) = shell.gateway().waiting
    seen = decided(shell, monkeypatch)
    answer(outcome)
    shell.runner.offer(an_answer(1))
    shell.runner.offer(a_frame(shell, "M2"))
    await settle()
    assert seen[:3] == ["Answered", "M2", "Answered"]
    assert len(shell.gateway().sent) == sent
