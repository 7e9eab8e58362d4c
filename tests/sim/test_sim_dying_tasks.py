"""A task that dies of a fault at any of its awaits is begun again, is told of, and nothing is lost."""

from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

import pytest

from engine.supervisor import Supervisor
from tests.sim import sim_program
from tests.sim.sim_day import run_day
from tests.sim.sim_plan import plan_of

TASKS = ("tick", "master books", "master socket", "father books", "father socket")
#: Days without other trouble: whatever goes wrong, this did it.
SEEDS = (1, 2, 3)
AWAITS = (1, 2, 3, 5, 8, 40)


class PlantedError(RuntimeError):
    """A fault of nobody's making."""


class DiesAt:
    """Runs a coroutine until its n-th await, where a fault is raised inside it; once only."""

    def __init__(self, inner: Coroutine[Any, Any, None], nth: int) -> None:
        self._inner, self._nth = inner, nth

    def __await__(self) -> Generator[Any, Any, None]:
        waits, thrown = 0, None
        while True:
            try:
                waiting_for = self._inner.throw(thrown) if thrown else self._inner.send(None)
                waits, thrown = waits + 1, None
                if waits == self._nth:
                    waiting_for = self._inner.throw(PlantedError(f"at await {waits}"))
            except StopIteration:
                return
            try:
                yield waiting_for
            except BaseException as cancelled:  # noqa: BLE001 - a timeout cancels: passed on inside
                thrown = cancelled


def dying(task: str, nth: int, died: list[int]) -> type[Supervisor]:
    """Return a supervisor under which the first life of one task ends at its n-th await."""

    class Killing(Supervisor):
        def watch(self, name: str, begin: Callable[[], Awaitable[None]]) -> None:
            async def first_dies() -> None:
                if name != task or died:
                    await begin()
                    return
                died.append(nth)
                await DiesAt(begin(), nth)

            super().watch(name, first_dies)

    return Killing


@pytest.mark.parametrize("task", TASKS)
def test_a_task_that_dies_at_any_await_costs_no_order(task, new_store, monkeypatch):
    told = 0
    for nth in AWAITS:
        died: list[int] = []
        monkeypatch.setattr(sim_program, "Supervisor", dying(task, nth, died))
        outcome = run_day(plan_of(SEEDS[nth % len(SEEDS)], troubled=False), new_store(), rest_s=30)
        assert died
        # The planted fault itself is reported as one; it must be all.
        broken = [said for said in outcome.violations if "PlantedError" not in said]
        assert not broken, f"{task} at await {nth}\n" + "\n".join(broken)
        told += any(task in alert for alert in outcome.alerts)
    assert told == len(AWAITS), "that it died is told"


def test_the_fault_is_truly_raised_inside(new_store, monkeypatch):
    died: list[int] = []
    monkeypatch.setattr(sim_program, "Supervisor", dying("father books", 3, died))
    outcome = run_day(plan_of(1, troubled=False), new_store(), rest_s=5)
    assert any("father books" in alert for alert in outcome.alerts)
