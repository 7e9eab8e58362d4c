"""The ladder of the daily loss: warn, no new entries, close-only. No exit is ever asked about it."""

from datetime import datetime, timedelta
from decimal import Decimal

from engine.core.risk.limits import rupees as plain_rupees
from engine.core.state.state import State
from engine.core.values.loss import EVERYONE, DayLoss, LossStep
from engine.core.values.market import AccountName, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.rules import DEFAULT_LADDER, FollowerRules, LossAction

#: How long something may be held without a price before people are told that its loss is not seen, and
#: before no entry is taken. Choices of ours: a tick comes within a second, and a reconnect takes 20 s at most.
UNSEEN_TOLD, UNSEEN_STOPS = timedelta(seconds=30), timedelta(seconds=60)


def loss_of(profit: Decimal, *, high: Decimal, trailing: bool) -> Decimal:
    """Return the rupees lost today, >= 0.

    Args:
        profit: Of the day, rupees.
        high: The best profit of the day, rupees, >= 0: the day begins at 0.
        trailing: Whether it is measured from there.
    """
    return max(Decimal(0), (high if trailing else Decimal(0)) - profit)


def step_of(loss: Decimal, *, limit: Decimal, ladder: tuple[int, int, int]) -> LossStep:
    """Return the step of the ladder that a loss has come to; each begins at exactly its per cent.

    Args:
        loss: Rupees, >= 0.
        limit: Rupees, > 0.
        ladder: Rising per cents of it.
    """
    steps = (LossStep.WARNED, LossStep.NO_ENTRIES, LossStep.CLOSE_ONLY)
    reached = (
        step for step, share in zip(steps, ladder, strict=True) if loss * 100 >= limit * share
    )
    return max(reached, default=LossStep.NONE)


def has_limit(state: State, rules: FollowerRules) -> bool:
    """Return whether a loss of this follower counts towards any limit."""
    return rules.max_daily_loss is not None or state.total_loss_limit is not None


def latched(state: State, venue: Venue, follower: AccountName) -> LossStep:
    """Return the step that binds a follower today: his own, or that of all together."""
    if not state.losses:
        return LossStep.NONE
    return max(_loss(state, venue, name).step for name in (follower, EVERYONE))


def loss_gate(
    state: State, rules: FollowerRules, venue: Venue, *, at: datetime
) -> tuple[SkipReason, str] | None:
    """Return why the loss of the day lets no entry of this follower leave, or None.

    What was latched binds until the trading day turns, whatever the prices or the settings do since.
    """
    for name, what, ladder in (
        (rules.name, "MAX_DAILY_LOSS", rules.loss_ladder),
        (EVERYONE, "RISK__MAX_DAILY_LOSS, over all followers", DEFAULT_LADDER),
    ):
        if not state.losses:
            break  # nobody has come to any step today
        known = _loss(state, venue, name)
        if known.step >= LossStep.NO_ENTRIES:
            most = known.limit * ladder[1] / 100
            return SkipReason.LOSS_LIMIT, (
                f"{rupees(known.loss)} lost of {rupees(known.limit)} ({what}); entries pass below "
                f"{rupees(most)}, and on the next trading day"
            )
    since = state.unseen_since.get(rules.name)
    if since is not None and has_limit(state, rules) and at - since >= UNSEEN_STOPS:
        return SkipReason.LOSS_UNSEEN, f"since {since:%H:%M:%S}; entries pass once there are prices"
    return None


def withdraws_entries(state: State, venue: Venue, follower: AccountName) -> bool:
    """Return whether entries that rest are withdrawn: what would still fill opens, and only closing is left."""
    panic = state.panic
    if panic is not None and panic.ended_at is None and panic.venue is venue:
        return True
    return latched(state, venue, follower) is LossStep.CLOSE_ONLY


def flattens(state: State, rules: FollowerRules, venue: Venue) -> bool:
    """Return whether what is held is squared off, by the owner's choice."""
    only_closing = latched(state, venue, rules.name) is LossStep.CLOSE_ONLY
    return rules.loss_action is LossAction.FLATTEN and only_closing


def _loss(state: State, venue: Venue, name: AccountName) -> DayLoss:
    return state.losses.get((venue, name), DayLoss())


def rupees(amount: Decimal) -> str:
    """Write an amount in whole rupees as Indian traders read it; a loss has a minus before it."""
    whole = Decimal(round(amount))
    return f"{'-' if whole < 0 else ''}{plain_rupees(abs(whole))}"
