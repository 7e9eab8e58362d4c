"""Look at what is lost today, and take the steps of the ladder: each once, and each is told."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from engine.core.observe.references import note_reference
from engine.core.planning.flatten import square_off
from engine.core.risk.loss import (
    UNSEEN_STOPS,
    UNSEEN_TOLD,
    flattens,
    has_limit,
    latched,
    loss_of,
    rupees,
    step_of,
)
from engine.core.state.last_price import last_price
from engine.core.state.profit import Profit, profits_of_day
from engine.core.state.state import State
from engine.core.state.turn import Turn, topic_of
from engine.core.values import records as r
from engine.core.values.copies import KeyBook
from engine.core.values.counts import counted
from engine.core.values.keys import Leg
from engine.core.values.loss import EVERYONE, DayLoss, LossStep
from engine.core.values.market import AccountName
from engine.core.values.notices import Severity
from engine.core.values.rules import DEFAULT_LADDER, FollowerRules

#: How often losses are looked at. A choice of ours: ticks come about once a second.
LOOK_EVERY = timedelta(seconds=1)
#: The day's high is noted where it rises by this share of the limit, so that a rising price does not fill
#: the journal; a trailing loss is measured too small by so much at most.
HIGH_NOTED_BY = Decimal("0.01")
#: A socket that is down for so long brings no prices: what the board shows are old ones.
FEED_DOWN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    """Whose loss is limited: a follower's, or that of all together."""

    name: AccountName
    setting: str
    rupees: Decimal
    ladder: tuple[int, int, int]
    trailing: bool
    profit: Decimal


def watch_losses(turn: Turn) -> None:
    """Look at the losses that are limited, once a second; nothing else costs anything."""
    state = turn.state
    limited = [rules for rules in state.rules.values() if has_limit(state, rules)]
    due = state.loss_looked_at
    if not limited or (due is not None and turn.at - due < LOOK_EVERY and turn.at >= due):
        return
    state.loss_looked_at = turn.at
    names = {rules.name for rules in limited}
    holding = _keep_money(turn, names)
    # Who was removed today has lost what he has lost.
    profits = profits_of_day(state, state.venue, names | state.gone_today)
    for rules in limited:
        profit = profits[rules.name]
        _note_unseen(turn, rules, profit, holds=rules.name in holding)
        if rules.max_daily_loss is not None:
            _look_at(turn, _own(rules, rules.max_daily_loss, profit), (rules,))
    total = sum((each.rupees for each in profits.values()), Decimal(0))
    if state.total_loss_limit is not None:
        everyone = _Limit(
            name=EVERYONE, setting="RISK__MAX_DAILY_LOSS", rupees=state.total_loss_limit,
            ladder=DEFAULT_LADDER, trailing=False, profit=total,
        )  # fmt: skip
        _look_at(turn, everyone, limited)
    for rules in limited:
        _flatten(turn, rules)


def _own(rules: FollowerRules, limit: Decimal, profit: Profit) -> _Limit:
    return _Limit(
        name=rules.name, setting="MAX_DAILY_LOSS", rupees=limit, ladder=rules.loss_ladder,
        trailing=rules.loss_trailing, profit=profit.rupees,
    )  # fmt: skip


# -- the ladder ----------------------------------------------------------------------------------


def _look_at(turn: Turn, limit: _Limit, whose: Iterable[FollowerRules]) -> None:
    """Note a new high, and take the step that the loss has come to, if it is below those before.

    Both count as far as two looks in a row agree: what is taken stands for the day, and one freak
    price must not close what is held.
    """
    state, at = turn.state, (turn.state.venue, limit.name)
    before, state.loss_looks[at] = state.loss_looks.get(at), limit.profit
    if before is None:
        return
    known, high = state.losses.get(at, DayLoss()), min(before, limit.profit)
    if limit.trailing and high >= known.high + limit.rupees * HIGH_NOTED_BY:
        turn.emit(r.ProfitHigh(venue=state.venue, follower=limit.name, high=high, at=turn.at))
        return
    loss = loss_of(max(before, limit.profit), high=known.high, trailing=limit.trailing)
    if not loss:
        return
    step = step_of(loss, limit=limit.rupees, ladder=limit.ladder)
    if step <= known.step:
        return
    turn.emit(
        r.LossStepTaken(
            venue=state.venue, follower=limit.name, step=step, loss=loss, limit=limit.rupees,
            at=turn.at,
        )
    )  # fmt: skip
    bound = tuple(whose)
    _tell(turn, limit, step, loss, bound)
    if step is not LossStep.WARNED:
        for rules in bound:
            _touch(turn, rules.name)


_SEVERITY = {
    LossStep.WARNED: Severity.WARNING,
    LossStep.NO_ENTRIES: Severity.ERROR,
    LossStep.CLOSE_ONLY: Severity.CRITICAL,
}


def _tell(
    turn: Turn, limit: _Limit, step: LossStep, loss: Decimal, whose: tuple[FollowerRules, ...]
) -> None:
    who = limit.name or "all followers together"
    measured = " from the day's high" if limit.trailing else ""
    share = limit.ladder[step - 1]
    lines = [
        f"{who}: {rupees(loss)} lost today{measured}, {share} % of {limit.setting} "
        f"{rupees(limit.rupees)} is reached."
    ]
    resting = sum(_resting(turn.state, rules.name) for rules in whose)
    if step is LossStep.WARNED:
        stop = limit.rupees * limit.ladder[1] / 100
        lines.append(f"Entries go on until {rupees(stop)} are lost.")
    elif step is LossStep.NO_ENTRIES:
        lines.append("No new entry until the next trading day.")
        if resting:
            rest = counted(
                resting, "entry order still rests and follows", "entry orders still rest and follow"
            )
            lines.append(f"{rest} only cuts and cancels.")
    else:
        lines.append("Close-only until the next trading day.")
        if resting:
            rest = counted(resting, "resting entry order is", "resting entry orders are")
            lines.append(f"{rest} being cancelled.")
        flat = [rules.name for rules in whose if flattens(turn.state, rules, turn.state.venue)]
        if flat:
            lines.append(
                f"What is copied is being closed now (LOSS_ACTION=flatten): {', '.join(flat)}."
            )
    lines.append("Exits follow the master as ever.")
    topic = topic_of(limit.name) if limit.name else "engine"
    turn.tell(_SEVERITY[step], " ".join(lines), topic=topic)


def _resting(state: State, follower: AccountName) -> int:
    return sum(
        child.leg is Leg.ENTRY and (child.key.venue, child.key.follower) == (state.venue, follower)
        for child in state.open_children.values()
    )


def _touch(turn: Turn, follower: AccountName) -> None:
    for books in turn.state.books.values():
        book = books.get((turn.state.venue, follower))
        if book is not None and (book.held or book.active):
            turn.touch(book.key)


def _flatten(turn: Turn, rules: FollowerRules) -> None:
    """Square off whatever a ledger would be left with, also what is learned to have filled since."""
    if not flattens(turn.state, rules, turn.state.venue):
        return
    for number, books in enumerate(turn.state.books.values()):
        book = books.get((turn.state.venue, rules.name))
        if book is not None and book.virtual:
            square_off(turn, book, number=number, why="the daily loss limit closed it")


# -- what is seen --------------------------------------------------------------------------------


def _keep_money(turn: Turn, names: Collection[AccountName]) -> set[AccountName]:
    """Note what carried units are measured from, and what units brought that left without a fill of ours.

    Returns:
        Who holds anything.
    """
    state, holding = turn.state, set[AccountName]()
    for key, books in state.books.items():
        carried = False
        for (venue, name), book in books.items():
            if venue is not state.venue or name not in names:
                continue
            if book.held:
                holding.add(name)
            carried = carried or bool(book.money.carried)
            if book.money.net != book.held:
                _note_left(turn, book)
        if carried:
            # Once for all of them: a close that nobody tells is looked for in every account's rows.
            first = state.prices.get(f"{key.exchange}:{key.symbol}")
            note_reference(turn, key.exchange, key.symbol, newest=first)
    return holding


def _note_left(turn: Turn, book: KeyBook) -> None:
    """Count what was closed by hand, by RMS, by expiry, or handed back, at about what it cost at that moment."""
    price = last_price(turn.state, book.key)
    if price:
        left = book.money.net - book.held
        turn.emit(r.UnitsLeft(key=book.key, units=left, price=price, at=turn.at))


def _note_unseen(turn: Turn, rules: FollowerRules, profit: Profit, *, holds: bool) -> None:
    """Tell of a loss that cannot be seen, and that it is seen again; what nobody can tell is told once."""
    state, name = turn.state, rules.name
    if profit.unknown:
        turn.tell_once(
            Severity.WARNING,
            f"{name}: the profit and loss of {', '.join(profit.unknown)} is not known, since how many "
            "units a contract is of, or what a fill cost, is not told. The daily loss limit goes by the others.",
            topic=topic_of(name),
            mark=f"loss-unknown:{state.trading_day}:{name}:{','.join(profit.unknown)}",
        )
    blind = profit.unseen or (holds and _feed_is_down(turn))
    mark = f"loss-unseen:{name}"
    if not blind or not state.copying:
        state.unseen_since.pop(name, None)
        if mark in state.told:
            state.told.discard(mark)
            turn.tell(
                Severity.INFO, f"{name}: its loss of the day is seen again.", topic=topic_of(name)
            )
        return
    since = state.unseen_since.setdefault(name, turn.at)
    if turn.at - since >= UNSEEN_TOLD and latched(state, state.venue, name) < LossStep.NO_ENTRIES:
        what = ", ".join(profit.unseen) or "what is held"
        turn.tell_once(
            Severity.WARNING,
            f"{name}: no price of {what} since {since:%H:%M:%S}, so the daily loss limit cannot see its loss. "
            f"From {since + UNSEEN_STOPS:%H:%M:%S} no entry is taken until there are prices. Exits follow.",
            topic=topic_of(name),
            mark=mark,
        )


def _feed_is_down(turn: Turn) -> bool:
    """Whether prices are old: the master's socket brings them, and it was up and is down."""
    state = turn.state
    since = state.stream_since
    return not state.stream_up and since is not None and turn.at - since >= FEED_DOWN
