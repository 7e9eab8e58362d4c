"""The followers of a plan, as their owners would have configured them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from engine.core.values.market import AccountName
from engine.core.values.rules import FollowerRules, Mirror
from tests.sim.sim_limits import lists, rules_of
from tests.sim.sim_loss import loss_rules
from tests.sim.sim_plan import Plan
from tests.sim.sim_sizing import sized


def followers_of(
    plan: Plan, names: Sequence[AccountName], user_ids: Mapping[AccountName, str]
) -> tuple[FollowerRules, ...]:
    """Return the rules of a plan's followers."""
    count = len(names)
    return tuple(
        FollowerRules(
            name=name,
            user_id=user_ids[name],
            multiplier=Decimal(multiplier),
            mirror=Mirror(mirror),
            ask_first=number in plan.asks,
            unwind_bought_leg=plan.unwind,
            basket_window=timedelta(milliseconds=plan.basket_ms),
            **rules_of(limit),
            **loss_rules(loss),
            **sized(sizing),
            **lists(listed_words),
        )
        for number, name, multiplier, mirror, limit, loss, sizing, listed_words in zip(
            range(count),
            names,
            plan.multipliers,
            plan.mirrors,
            plan.limits or (None,) * count,
            plan.losses or ("",) * count,
            plan.sizings or ("",) * count,
            plan.lists or ("",) * count,
            strict=True,
        )
    )
