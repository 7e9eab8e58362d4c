"""Read for people what is used of each daily loss limit, and what that stops."""

from decimal import Decimal
from typing import NamedTuple

from engine.core.risk.loss import has_limit, loss_of, rupees
from engine.core.state.profit import profit_of_day
from engine.core.state.state import State
from engine.core.values.loss import EVERYONE, DayLoss, LossStep
from engine.core.values.market import AccountName

_STOPS = {
    LossStep.NONE: "",
    LossStep.WARNED: ", warned",
    LossStep.NO_ENTRIES: ", no new entries today; exits follow",
    LossStep.CLOSE_ONLY: ", close-only today; exits follow",
}


class UsedLoss(NamedTuple):
    """What is lost of a limit: ``who`` is empty for all together; ``partly``: some of it is not known."""

    who: AccountName
    loss: Decimal
    limit: Decimal
    step: LossStep
    partly: bool


def used_losses(state: State) -> list[UsedLoss]:
    """Return each daily loss limit that is set, with what is used of it in the current mode."""
    found: list[UsedLoss] = []
    total, unknown = Decimal(0), False
    for rules in state.rules.values():
        if not has_limit(state, rules):
            continue
        profit = profit_of_day(state, state.venue, rules.name)
        partly = bool(profit.unknown or profit.unseen)
        total, unknown = total + profit.rupees, unknown or partly
        if rules.max_daily_loss is not None:
            known = state.losses.get((state.venue, rules.name), DayLoss())
            loss = loss_of(profit.rupees, high=known.high, trailing=rules.loss_trailing)
            found.append(UsedLoss(rules.name, loss, rules.max_daily_loss, known.step, partly))
    if state.total_loss_limit is not None:
        for name in state.gone_today:
            total += profit_of_day(state, state.venue, name).rupees
        known = state.losses.get((state.venue, EVERYONE), DayLoss())
        loss = loss_of(total, high=Decimal(0), trailing=False)
        found.append(UsedLoss(EVERYONE, loss, state.total_loss_limit, known.step, unknown))
    return found


def loss_lines(state: State) -> tuple[str, ...]:
    """Return one line for each daily loss limit that is set."""
    return tuple(_line(each) for each in used_losses(state))


def _line(used: UsedLoss) -> str:
    note = ", some of it not known" if used.partly else ""
    share = int(used.loss * 100 / used.limit)
    return (
        f"{used.who or 'all together'}: {rupees(used.loss)} of {rupees(used.limit)} daily loss "
        f"({share} %){note}{_STOPS[used.step]}"
    )
