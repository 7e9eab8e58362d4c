"""Plans are data that Hypothesis draws and shrinks: a planted fault comes down to a handful of parts."""

from collections.abc import Callable

from hypothesis import HealthCheck, Phase, find, given, settings

from engine.core.values.commands import Command, Outcome, Unknown
from engine.ports import OrderGateway
from tests.sim.sim_corpus import as_text, complaint, from_text
from tests.sim.sim_day import HEALED_S, run_day
from tests.sim.sim_life import life_of
from tests.sim.sim_plan import Plan
from tests.sim.sim_strategy import plans

_QUICK = settings(
    max_examples=120, deadline=None, database=None, derandomize=True,
    suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink),
)  # fmt: skip


class SendsAgain(OrderGateway):
    """Sends again what was not answered: the fault that is planted."""

    def __init__(self, inner: OrderGateway) -> None:
        self._inner = inner

    def submit(
        self, command: Command, *, timeout_s: float, done: Callable[[Outcome], None]
    ) -> None:
        def again(outcome: Outcome) -> None:
            if isinstance(outcome, Unknown):
                self._inner.submit(command, timeout_s=timeout_s, done=done)
            else:
                done(outcome)

        self._inner.submit(command, timeout_s=timeout_s, done=again)

    async def warm(self) -> None:
        await self._inner.warm()

    async def close(self) -> None:
        await self._inner.close()


def test_a_planted_fault_shrinks_to_a_handful_of_parts(new_store):
    def doubles(plan: Plan) -> bool:
        said = run_day(plan, new_store(), gateway=SendsAgain, rest_s=0).violations
        return any("leaves a second time" in each for each in said)

    smallest = find(plans(most_followers=1, most_acts=3), doubles, settings=_QUICK)
    assert doubles(smallest)
    parts = (*smallest.acts, *smallest.troubles, *smallest.deaths)
    # An order, and the fault that loses its answer; the rest has been left out.
    assert len(smallest.troubles) == 1
    assert len(parts) <= 4, smallest


@settings(parent=_QUICK, max_examples=12, phases=(Phase.explicit, Phase.generate))
@given(plan=plans())
def test_a_day_that_hypothesis_draws_keeps_every_promise(new_store, plan):
    outcome = run_day(plan, new_store(), rest_s=HEALED_S)
    assert not outcome.violations, complaint(plan, outcome.violations)


def test_a_plan_is_the_same_after_it_was_printed():
    plan = life_of(55)
    assert from_text(as_text(plan)) == plan
    told = complaint(plan, ["a promise"])
    command = told.splitlines()[-1].strip()
    assert command.startswith(".venv/bin/python -m tests.sim.hunt plan '{")
    assert from_text(command.split(" plan ")[1].strip("'")) == plan
