"""What differs between two sets of a follower's rules, key by key, and which of it is looser.

One table over all of them: the keys that ``/set`` takes, and what is set for all followers at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from msgspec.structs import replace

from engine.core.values.market import Exchange
from engine.core.values.rules import FollowerRules
from engine.core.values.settable import OF_FOLLOWER, Key, Settable

#: Set once for all followers; each follower's rules hold it.
BASKET_WINDOW: Key = "BASKET__WINDOW_MS"
SOLD_LEG_REFUSED: Key = "BASKET__SOLD_LEG_REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """One key whose value is another; ``old`` and ``new`` as people would write them."""

    key: Key
    old: str
    new: str
    looser: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One key: how its value is shown, taken over from other rules, and compared."""

    show: Callable[[FollowerRules], str]
    take: Callable[[FollowerRules, FollowerRules], FollowerRules]
    looser: Callable[[FollowerRules, FollowerRules], bool]


def _row(known: Settable) -> _Row:
    return _Row(
        show=known.show,
        take=lambda old, new: known.put(old, known.show(new)),
        looser=known.looser,
    )


_FOR_ALL = {
    BASKET_WINDOW: _Row(
        show=lambda rules: f"{rules.basket_window.total_seconds() * 1000:.0f}",
        take=lambda old, new: replace(old, basket_window=new.basket_window),
        # The shorter it is, the sooner a sold option leaves without its hedge.
        looser=lambda old, new: new.basket_window < old.basket_window,
    ),
    SOLD_LEG_REFUSED: _Row(
        show=lambda rules: "unwind" if rules.unwind_bought_leg else "keep",
        take=lambda old, new: replace(old, unwind_bought_leg=new.unwind_bought_leg),
        looser=lambda old, new: old.unwind_bought_leg and not new.unwind_bought_leg,
    ),
}
#: Keys that are set for all followers at once.
FOR_ALL = frozenset(_FOR_ALL)
_ROWS = MappingProxyType({key: _row(known) for key, known in OF_FOLLOWER.items()} | _FOR_ALL)


def rule_changes(old: FollowerRules, new: FollowerRules) -> tuple[RuleChange, ...]:
    """Return every key whose value differs, in the order of the settings; none where none does."""
    return tuple(
        RuleChange(key=key, old=row.show(old), new=row.show(new), looser=row.looser(old, new))
        for key, row in _ROWS.items()
        if row.take(old, new) != old
    )


def tightened(old: FollowerRules, new: FollowerRules, *, only: frozenset[Key]) -> FollowerRules:
    """Return the old rules with that part of some keys' new values which is tighter, where a value has parts.

    One that takes a segment out and puts another in is looser, and still takes the first one out.
    """
    for key in only & _TIGHTER.keys():
        old = _TIGHTER[key](old, new)
    return old


def _lower_factors(old: FollowerRules, new: FollowerRules) -> FollowerRules:
    lower = {
        one.value: min(rules.segment_multipliers.get(one, Decimal(1)) for rules in (old, new))
        for one in Exchange
        if one in old.segment_multipliers or one in new.segment_multipliers
    }
    return replace(old, segment_multipliers=MappingProxyType(lower))


def _lower_ladder(old: FollowerRules, new: FollowerRules) -> FollowerRules:
    first, second, third = map(min, old.loss_ladder, new.loss_ladder)
    return replace(old, loss_ladder=(first, second, third))


_Mix = Callable[[FollowerRules, FollowerRules], FollowerRules]
# The symbols that are allowed are globs: what two lists have in common is not told by comparing them.
_TIGHTER: Mapping[Key, _Mix] = MappingProxyType(
    {
        "SEGMENTS": lambda old, new: replace(old, segments=old.segments & new.segments),
        "SYMBOLS_BLOCK": lambda old, new: replace(
            old, symbols_block=tuple(dict.fromkeys((*old.symbols_block, *new.symbols_block)))
        ),
        "SEGMENT_MULTIPLIERS": _lower_factors,
        "LOSS_LADDER": _lower_ladder,
    }
)


def taken_over(old: FollowerRules, new: FollowerRules, *, but: frozenset[Key]) -> FollowerRules:
    """Return the old rules with every value of the new ones except those of some keys."""
    for key, row in _ROWS.items():
        if key not in but:
            old = row.take(old, new)
    return old
