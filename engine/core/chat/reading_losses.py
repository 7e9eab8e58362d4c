"""Read for people what is used of each daily loss limit, and what that stops."""

from collections.abc import Iterable
from decimal import Decimal

from engine.core.risk.loss import loss_of, rupees
from engine.core.state.profit import profit_of_day
from engine.core.state.state import State
from engine.core.values.loss import EVERYONE, DayLoss, LossStep

_STOPS = {
    LossStep.NONE: "",
    LossStep.WARNED: ", warned",
    LossStep.NO_ENTRIES: ", no new entries today; exits follow",
    LossStep.CLOSE_ONLY: ", close-only today; exits follow",
}


def loss_lines(state: State) -> Iterable[str]:
    """Yield one line for each daily loss limit that is set, in the current mode."""
    total, unknown = Decimal(0), False
    for rules in state.rules.values():
        if rules.max_daily_loss is None and state.total_loss_limit is None:
            continue
        profit = profit_of_day(state, state.venue, rules.name)
        partly = bool(profit.unknown or profit.unseen)
        total, unknown = total + profit.rupees, unknown or partly
        if rules.max_daily_loss is not None:
            known = state.losses.get((state.venue, rules.name), DayLoss())
            loss = loss_of(profit.rupees, high=known.high, trailing=rules.loss_trailing)
            yield _line(rules.name, loss, rules.max_daily_loss, known.step, partly=partly)
    if state.total_loss_limit is not None:
        known = state.losses.get((state.venue, EVERYONE), DayLoss())
        loss = loss_of(total, high=Decimal(0), trailing=False)
        yield _line("all together", loss, state.total_loss_limit, known.step, partly=unknown)


def _line(who: str, loss: Decimal, limit: Decimal, step: LossStep, *, partly: bool) -> str:
    note = ", some of it not known" if partly else ""
    share = int(loss * 100 / limit)
    return f"{who}: {rupees(loss)} of {rupees(limit)} daily loss ({share} %){note}{_STOPS[step]}"
