"""The limits on followers' entries, with what is used of them, for people."""

from decimal import Decimal

from engine.core.chat.reading_losses import UsedLoss, used_losses
from engine.core.chat.set_asks import setting_lines
from engine.core.risk.exposure import largest_value, used_by
from engine.core.risk.limits import grouped, rupees
from engine.core.state.chosen import ALL
from engine.core.state.state import State
from engine.core.values.loss import EVERYONE
from engine.core.values.market import AccountName
from engine.core.values.rules import FollowerRules, Oversize
from engine.core.values.views import AccountLimits, LimitLine


def limits_view(state: State) -> tuple[AccountLimits, ...]:
    """Return every follower's limits that are set, with what is used of them in the mode of now."""
    return tuple(
        AccountLimits(
            account=name,
            lines=_lines(state, name, rules),
            cuts=rules.oversize is Oversize.CUT,
            chosen=tuple(
                line for whose in (name, ALL) for line in setting_lines(state, whose) if line.chosen
            ),
        )
        for name, rules in state.rules.items()
    )


def _lines(state: State, name: AccountName, rules: FollowerRules) -> tuple[LimitLine, ...]:
    used = used_by(state, state.venue, name)
    losses = {each.who: each for each in used_losses(state)}
    mine, everyone = losses.get(name), losses.get(EVERYONE)
    largest = largest_value(state, state.venue, name)
    found: tuple[tuple[str, Decimal | int | None, str], ...] = (
        ("order, units", rules.max_order_quantity, ""),
        ("order, value", rules.max_order_value, ""),
        ("position", rules.max_position_value, rupees(largest, sign="") if largest else "0"),
        ("positions", rules.max_open_positions, grouped(used.positions)),
        ("orders/day", rules.max_orders_per_day, grouped(used.orders)),
        ("daily loss", *_of_loss(mine)),
        ("loss, all", *_of_loss(everyone)),
    )
    return tuple(
        LimitLine(name=what, limit=_written(limit), used=amount)
        for what, limit, amount in found
        if limit is not None
    )


def _of_loss(used: UsedLoss | None) -> tuple[Decimal | None, str]:
    return (
        (None, "")
        if used is None
        else (used.limit, rupees(used.loss.quantize(Decimal(1)), sign=""))
    )


def _written(limit: Decimal | int) -> str:
    return rupees(limit, sign="") if isinstance(limit, Decimal) else grouped(limit)
