"""What people may set from the chat: what each key is of a follower's rules, and when a change is looser.

The text of a value is as in ``.env`` and was found good there; here it is only read. Whether a change is
looser is asked of the rules before and after it: looser is what may lead to more risk than before.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from msgspec.structs import replace

from engine.core.values.market import AccountName, Exchange
from engine.core.values.rules import FollowerRules, LossAction, Mirror, Orphan, Oversize, Sizing

#: What a key is called, without ``FOLLOWERS__<NAME>__``.
Key = str
_Rules = FollowerRules
#: Texts that mean: no limit; as `bot/settings/parsers.py` has them.
_NONE = frozenset({"", "none", "off"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settable:
    """One key: how it is put into rules, shown, and compared.

    Attributes:
        put: Rules with the value of a text in the place of theirs; raises ValueError where it cannot be read.
        show: The value in rules, as people would write it.
        looser: Whether the second rules may lead to more risk than the first, as to this key.
        example: A value that works.
    """

    put: Callable[[_Rules, str], _Rules]
    show: Callable[[_Rules], str]
    looser: Callable[[_Rules, _Rules], bool]
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One value that was set from the chat; ``follower`` is empty for what is over all followers."""

    follower: AccountName
    key: Key
    text: str


def _more(old: Decimal | int, new: Decimal | int) -> bool:
    return new > old


def _more_or_none(old: Decimal | int | None, new: Decimal | int | None) -> bool:
    """Return whether a limit is further away than before; none at all is furthest."""
    return old is not None and (new is None or new > old)


def _plain(number: Decimal | int | None) -> str:
    return (
        "none" if number is None else f"{number:f}" if isinstance(number, Decimal) else str(number)
    )


def _limit_in_rupees(field: str, example: str) -> Settable:
    return Settable(
        put=lambda rules, text: _with(rules, field, None if _is_none(text) else _number(text)),
        show=lambda rules: _plain(getattr(rules, field)),
        looser=lambda old, new: _more_or_none(getattr(old, field), getattr(new, field)),
        example=example,
    )


def _limit_in_units(field: str, example: str) -> Settable:
    return Settable(
        put=lambda rules, text: _with(rules, field, None if _is_none(text) else int(text)),
        show=lambda rules: _plain(getattr(rules, field)),
        looser=lambda old, new: _more_or_none(getattr(old, field), getattr(new, field)),
        example=example,
    )


def _with(rules: _Rules, field: str, value: object) -> _Rules:
    return replace(rules, **{field: value})  # the table's own fields


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text} is not a number") from None
    if not number.is_finite():
        raise ValueError(f"{text} is not a number")
    return number


def _is_none(text: str) -> bool:
    return text.lower() in _NONE


def _items(text: str) -> tuple[str, ...]:
    found = (item.strip().upper() for item in ("" if _is_none(text) else text).split(","))
    return tuple(dict.fromkeys(item for item in found if item))


def _factors(text: str) -> Mapping[str, Decimal]:
    if _is_none(text):
        return MappingProxyType({})
    raw: object = json.loads(text, parse_float=str, parse_int=str)
    if not isinstance(raw, dict):
        raise ValueError(f"{text} names no segments")  # noqa: TRY004 - a value of people, not of our code
    return MappingProxyType({str(name): _number(str(each)) for name, each in raw.items()})


def _written_factors(rules: _Rules) -> str:
    if not rules.segment_multipliers:
        return "none"
    return json.dumps({name: f"{each:f}" for name, each in rules.segment_multipliers.items()})


def _any_ratio_rises(old: _Rules, new: _Rules) -> bool:
    return any(
        new.segment_multipliers.get(each, Decimal(1))
        > old.segment_multipliers.get(each, Decimal(1))
        for each in Exchange
    )


def _allows_more(old: _Rules, new: _Rules) -> bool:
    if not old.symbols_allow:
        return False
    return not new.symbols_allow or not set(new.symbols_allow) <= set(old.symbols_allow)


def _protects_less(old: _Rules, new: _Rules) -> bool:
    """Return whether a fill may be further off; what Kite chooses by itself compares with nothing."""
    before, after = old.market_protection, new.market_protection
    return before != after and (Decimal(-1) in (before, after) or after > before)


def _with_band(rules: _Rules, text: str) -> _Rules:
    plain = FollowerRules(name=rules.name, user_id=rules.user_id)
    band = None if _is_none(text) else int(text)
    return replace(
        rules,
        max_slippage_bps=plain.max_slippage_bps if band is None else band,
        option_slippage_bps=plain.option_slippage_bps if band is None else band,
    )


def _written_band(rules: _Rules) -> str:
    band, options = rules.max_slippage_bps, rules.option_slippage_bps
    return str(band) if band == options else "none"


def _wider(old: _Rules, new: _Rules) -> bool:
    return (
        new.max_slippage_bps > old.max_slippage_bps
        or new.option_slippage_bps > old.option_slippage_bps
    )


def _ladder(text: str) -> tuple[int, int, int]:
    first, second, third = (int(each) for each in text.split(","))
    return first, second, third


#: Every key of a follower that may be set from the chat. Accounts, keys and ways out are not: they are
#: of the machine, and a chat is no place for secrets.
OF_FOLLOWER: Mapping[Key, Settable] = MappingProxyType(
    {
        "ENABLED": Settable(
            put=lambda rules, text: replace(rules, enabled=text.lower() == "true"),
            show=lambda rules: str(rules.enabled).lower(),
            looser=lambda old, new: new.enabled and not old.enabled,
            example="false",
        ),
        "APPROVE": Settable(
            put=lambda rules, text: replace(rules, ask_first=text.lower() == "ask"),
            show=lambda rules: "ask" if rules.ask_first else "auto",
            looser=lambda old, new: old.ask_first and not new.ask_first,
            example="ask",
        ),
        "MULTIPLIER": Settable(
            put=lambda rules, text: replace(rules, multiplier=_number(text)),
            show=lambda rules: _plain(rules.multiplier),
            looser=lambda old, new: _more(old.multiplier, new.multiplier),
            example="0.5",
        ),
        "SEGMENT_MULTIPLIERS": Settable(
            put=lambda rules, text: replace(rules, segment_multipliers=_factors(text)),
            show=_written_factors,
            looser=_any_ratio_rises,
            example='{"NFO": "0.5"}',
        ),
        "SIZING": Settable(
            put=lambda rules, text: replace(rules, sizing=Sizing(text.lower())),
            show=lambda rules: rules.sizing.value,
            # Another measure may come to more or to less.
            looser=lambda old, new: old.sizing is not new.sizing,
            example="equity",
        ),
        "FIXED_LOTS": Settable(
            put=lambda rules, text: replace(rules, fixed_lots=int(text)),
            show=lambda rules: str(rules.fixed_lots),
            looser=lambda old, new: _more(old.fixed_lots, new.fixed_lots),
            example="1",
        ),
        "MIRROR": Settable(
            put=lambda rules, text: replace(rules, mirror=Mirror(text.lower())),
            show=lambda rules: rules.mirror.value,
            # Each enters something that another would not.
            looser=lambda old, new: old.mirror is not new.mirror,
            example="orders",
        ),
        "SEGMENTS": Settable(
            put=lambda rules, text: replace(
                rules, segments=frozenset(Exchange(item) for item in _items(text))
            ),
            show=lambda rules: ",".join(each for each in Exchange if each in rules.segments),
            looser=lambda old, new: not new.segments <= old.segments,
            example="NSE,NFO",
        ),
        "SYMBOLS_ALLOW": Settable(
            put=lambda rules, text: replace(rules, symbols_allow=_items(text)),
            show=lambda rules: ",".join(rules.symbols_allow) or "none",
            looser=_allows_more,
            example="NFO:NIFTY*",
        ),
        "SYMBOLS_BLOCK": Settable(
            put=lambda rules, text: replace(rules, symbols_block=_items(text)),
            show=lambda rules: ",".join(rules.symbols_block) or "none",
            looser=lambda old, new: not set(old.symbols_block) <= set(new.symbols_block),
            example="NSE:YESBANK",
        ),
        "MAX_ORDER_QUANTITY": _limit_in_units("max_order_quantity", "1800"),
        "MAX_ORDER_VALUE": _limit_in_rupees("max_order_value", "200000"),
        "MAX_POSITION_VALUE": _limit_in_rupees("max_position_value", "500000"),
        "MAX_OPEN_POSITIONS": _limit_in_units("max_open_positions", "5"),
        "MAX_ORDERS_PER_DAY": _limit_in_units("max_orders_per_day", "100"),
        "MAX_DAILY_LOSS": _limit_in_rupees("max_daily_loss", "25000"),
        "OVERSIZE": Settable(
            put=lambda rules, text: replace(rules, oversize=Oversize(text.lower())),
            show=lambda rules: rules.oversize.value,
            looser=lambda old, new: (old.oversize, new.oversize) == (Oversize.SKIP, Oversize.CUT),
            example="cut",
        ),
        "LOSS_ACTION": Settable(
            put=lambda rules, text: replace(rules, loss_action=LossAction(text.lower())),
            show=lambda rules: rules.loss_action.value,
            looser=lambda old, new: old.loss_action is LossAction.FLATTEN is not new.loss_action,
            example="flatten",
        ),
        "LOSS_TRAILING": Settable(
            put=lambda rules, text: replace(rules, loss_trailing=text.lower() == "true"),
            show=lambda rules: str(rules.loss_trailing).lower(),
            looser=lambda old, new: old.loss_trailing and not new.loss_trailing,
            example="true",
        ),
        "LOSS_LADDER": Settable(
            put=lambda rules, text: replace(rules, loss_ladder=_ladder(text)),
            show=lambda rules: ",".join(map(str, rules.loss_ladder)),
            looser=lambda old, new: any(map(_more, old.loss_ladder, new.loss_ladder)),
            example="60,80,100",
        ),
        "MAX_ENTRY_AGE_S": Settable(
            put=lambda rules, text: replace(rules, max_entry_age=timedelta(seconds=int(text))),
            show=lambda rules: f"{rules.max_entry_age.total_seconds():.0f}",
            looser=lambda old, new: new.max_entry_age > old.max_entry_age,
            example="5",
        ),
        "MAX_SLIPPAGE_BPS": Settable(
            put=_with_band, show=_written_band, looser=_wider, example="50"
        ),
        "MARKET_PROTECTION": Settable(
            put=lambda rules, text: replace(rules, market_protection=_number(text)),
            show=lambda rules: _plain(rules.market_protection),
            looser=_protects_less,
            example="2",
        ),
        "ORPHAN": Settable(
            put=lambda rules, text: replace(rules, orphan=Orphan(text.lower())),
            show=lambda rules: rules.orphan.value,
            looser=lambda old, new: (old.orphan, new.orphan) == (Orphan.CLOSE, Orphan.ASK),
            example="close",
        ),
    }
)

#: The one key over all followers.
TOTAL_LOSS: Key = "RISK__MAX_DAILY_LOSS"
TOTAL_LOSS_EXAMPLE = "50000"


def total_loss(text: str) -> Decimal | None:
    """Return the value of a text of ``RISK__MAX_DAILY_LOSS``, rupees; None: no limit."""
    return None if _is_none(text) else _number(text)


def total_loss_shown(limit: Decimal | None) -> str:
    """Return ``RISK__MAX_DAILY_LOSS`` as people would write it."""
    return _plain(limit)


def total_loss_looser(old: Decimal | None, new: Decimal | None) -> bool:
    """Return whether the limit is further away than before."""
    return _more_or_none(old, new)
