"""The daily loss, counted by the exchange's own orders, and what of the ladder must follow from it."""

import contextlib
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from demo.exchange.exchange import Exchange
from engine.core.decide import trading_day_of
from engine.core.state.state import State
from engine.core.state.turn import Decision
from engine.core.values.commands import Place, Priority
from engine.core.values.events import Event, Ticked
from engine.core.values.loss import EVERYONE, LossStep
from engine.core.values.market import AccountName, Venue
from engine.core.values.records import LossStepTaken
from engine.core.values.rules import DEFAULT_LADDER, FollowerRules, LossAction
from storage.codec import decode_record
from storage.journal import STORE_NAME

#: A day's high is noted where it rises by a hundredth of the limit.
HIGH_WITHIN = Decimal("0.01")


def loss_rules(text: str) -> dict[str, object]:
    """Return what a plan's words set of a follower's rules."""
    if not text:
        return {}
    limit, *rule = text.split()
    return {
        "max_daily_loss": Decimal(limit),
        "loss_trailing": "trailing" in rule,
        "loss_action": LossAction.FLATTEN if "flatten" in rule else LossAction.CLOSE_ONLY,
    }


@dataclass(slots=True)
class _Seen:
    """What a follower has lost, as looked at in one life and day.

    `before`: the profit at the look before; `over`: how much was lost, when entries were to end.
    """

    day: date | None = None
    before: Decimal | None = None
    best: Decimal = Decimal(0)
    over: str = ""
    latched: LossStep = LossStep.NONE


class _Limit(NamedTuple):
    """Whose loss of the day is limited, to how many rupees, by which steps, and whose profits it is of."""

    name: AccountName
    rupees: Decimal | None
    ladder: tuple[int, int, int]
    of: tuple[AccountName, ...]
    trailing: bool = False


def _own(rules: FollowerRules) -> _Limit:
    return _Limit(
        rules.name, rules.max_daily_loss, rules.loss_ladder, (rules.name,), rules.loss_trailing
    )


class LossJudge:
    """Looks at each look of the program, and at each entry that is to leave."""

    def __init__(
        self,
        exchange: Exchange,
        user_ids: Mapping[AccountName, str],
        data_dir: Path,
        broken: Callable[[str], None],
    ) -> None:
        self._exchange = exchange
        self._user_ids = user_ids
        self._data_dir = data_dir
        self._broken = broken
        self._life: State | None = None
        self._seen: dict[AccountName, _Seen] = {}

    def look_at(self, state: State, event: Event, decision: Decision) -> None:
        """Count anew with each look of the program; no entry leaves once too much is lost."""
        if state.venue is not Venue.LIVE:
            return
        if state is not self._life:
            self._begin(state)
        limits = [_own(rules) for rules in state.rules.values()]
        limits.append(
            _Limit(
                EVERYONE, state.total_loss_limit, DEFAULT_LADDER, (*state.rules, *state.gone_today)
            )
        )
        for limit in limits:
            if limit.rupees is not None:
                self._look_at(state, event, decision, limit, limit.rupees)
        for command in decision.sends:
            if not isinstance(command, Place) or command.priority is not Priority.ENTRY:
                continue
            for name in (command.follower, EVERYONE):
                self._look_at_entry(command, name)

    def _look_at_entry(self, command: Place, name: AccountName) -> None:
        seen = self._seen.get(name)
        if seen is None:
            return
        if seen.over:
            self._broken(f"entry {command.tag} leaves after {seen.over}")
        if seen.latched >= LossStep.NO_ENTRIES:
            whose = "the loss ladder of all together" if name == EVERYONE else "the loss ladder"
            self._broken(f"entry {command.tag} leaves after a step of {whose} was latched")

    def _begin(self, state: State) -> None:
        """Begin with what a life finds: what the one before decided last may not have reached the disk."""
        self._life = state
        self._seen = {}
        day = state.trading_day
        for record in self._stored():
            known = record.follower in self._user_ids or record.follower == EVERYONE
            if known and trading_day_of(record.at) == day:
                seen = self._of(record.follower, day)
                seen.latched = max(seen.latched, record.step)
        for (venue, name), known in state.losses.items():
            if venue is Venue.LIVE:
                self._of(name, day).best = known.high

    def _stored(self) -> list[LossStepTaken]:
        if not (self._data_dir / STORE_NAME).exists():
            return []
        with contextlib.closing(sqlite3.connect(self._data_dir / STORE_NAME)) as db:
            rows = db.execute(
                "SELECT kind, body FROM records WHERE kind = 'LossStepTaken'"
            ).fetchall()
        found = [decode_record(kind, body) for kind, body in rows]
        return [each for each in found if isinstance(each, LossStepTaken)]

    def _of(self, name: AccountName, day: date | None) -> _Seen:
        seen = self._seen.get(name)
        if seen is None or seen.day != day:
            seen = self._seen[name] = _Seen(day=day)
        return seen

    def _look_at(
        self, state: State, event: Event, decision: Decision, whose: "_Limit", limit: Decimal
    ) -> None:
        seen = self._of(whose.name, state.trading_day)
        taken = [
            each
            for each in decision.records
            if isinstance(each, LossStepTaken) and each.follower == whose.name
        ]
        looked = isinstance(event, Ticked) and state.loss_looked_at == event.at
        profits = [self._profit(state, name) for name in whose.of] if looked else [None]
        known = [each for each in profits if each is not None]
        profit = sum(known, Decimal(0)) if len(known) == len(profits) else None
        before = seen.before
        if looked:
            seen.before = profit
        if profit is not None and before is not None:
            # What one look alone shows counts for nothing: neither a high nor a loss.
            seen.best = max(seen.best, min(before, profit))
            high = seen.best if whose.trailing else Decimal(0)
            profit = max(before, profit)
            lost = high - profit
            for each in taken:
                if lost * 100 < limit * whose.ladder[each.step - 1]:
                    name = whose.name or "all together"
                    self._broken(f"{name}: {each.step.name} at {lost} lost of {limit}")
            surely = max(Decimal(0), high - limit * HIGH_WITHIN) - profit
            if surely * 100 >= limit * whose.ladder[1]:
                seen.over = seen.over or f"{lost} of {limit} were lost"
        for each in taken:
            seen.latched = max(seen.latched, each.step)

    def _profit(self, state: State, name: AccountName) -> Decimal | None:
        """Return the profit by the exchange's orders and the prices that the program has; None where it cannot tell.

        It cannot while a fill is not known, something was carried or left by other hands.
        """
        cash, nets = Decimal(0), dict[tuple[str, str, str], int]()
        for row in self._exchange.orders_of(self._user_ids[name]):
            units = int(str(row["filled_quantity"]))
            if not str(row["tag"] or "").startswith("KC") or not units:
                continue
            at = (str(row["exchange"]), str(row["tradingsymbol"]), str(row["product"]))
            units *= 1 if row["transaction_type"] == "BUY" else -1
            nets[at] = nets.get(at, 0) + units
            cash -= units * Decimal(str(row["average_price"])) * self._multiplier(at)
        for key, books in state.books.items():
            book = books.get((Venue.LIVE, name))
            if book is None:
                continue
            net = nets.pop((key.exchange, key.symbol, key.product.value), 0)
            if book.money.carried or net != book.held:
                return None
            price = state.prices.get(f"{key.exchange}:{key.symbol}")
            if net and price is None:
                return None
            cash += net * (price or 0) * self._multiplier((key.exchange, key.symbol, ""))
        return None if any(nets.values()) else cash

    def _multiplier(self, at: tuple[str, str, str]) -> int:
        return self._exchange.instruments[at[:2]].multiplier
