"""Whether an entry may be made at all. Nothing here is ever asked about an exit."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from engine.core.risk.loss import latched, loss_gate
from engine.core.state.accounts import Account
from engine.core.state.state import MasterOrder, State
from engine.core.values.clock_level import ClockLevel
from engine.core.values.keys import MasterKey
from engine.core.values.loss import LossStep
from engine.core.values.market import AccountName, Exchange, OrderType, Product, Variety, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.orders import OrderRow
from engine.core.values.rules import FollowerRules
from engine.core.values.translate import RESTING

Verdict = tuple[SkipReason, str] | None

_COVER = "its stop is a second leg that only Kite can pair"
#: Varieties that are not copied, and why. Regular orders are, and so are those that a queue or a
#: split of Kite's own brings to the exchange one by one: after-market orders once they are there, an
#: iceberg leg after leg (Kite forum comment 39111), GTT and autoslice orders, which are regular.
_NOT_COPIED: Mapping[Variety, tuple[SkipReason, str]] = MappingProxyType(
    {
        Variety.CO: (SkipReason.COVER_ORDER, _COVER),
        Variety.AUCTION: (
            SkipReason.AUCTION_ORDER,
            "only who holds the shares that are short may offer them",
        ),
        Variety.UNRECOGNISED: (SkipReason.VARIETY, "a kind that Kite did not have before"),
    }
)

#: Products by exchange that Kite takes (Kite Connect docs, orders: CNC and MTF are equity
#: delivery, NRML is derivatives, MIS is everywhere).
_EQUITY = frozenset({Exchange.NSE, Exchange.BSE})
_EXCHANGES = frozenset(Exchange)
_COPIED_TYPES = frozenset({*RESTING, OrderType.MARKET})


def standing_gate(state: State, rules: FollowerRules, key: MasterKey, order: OrderRow) -> Verdict:
    """Return why this follower takes no entry from this master order at all, or None.

    Judged once, when the order is first seen; the reason then stands for that order.
    """
    return standing_gate_by(state, rules, key, order_gate(state, key, order))


def standing_gate_by(
    state: State, rules: FollowerRules, key: MasterKey, of_order: Verdict
) -> Verdict:
    """Return what :func:`standing_gate` does, where :func:`order_gate` was asked already for all followers."""
    return (
        _mode_gate(state, rules)
        or of_order
        or _owner_gate(rules, key)
        or _broker_gate(state, rules, key)
    )


def order_gate(state: State, key: MasterKey, order: OrderRow) -> Verdict:
    """Return why nobody takes an entry from this master order, whoever he is, or None."""
    return _listing_gate(state, key) or _kind_gate(key, order)


def key_gate(state: State, rules: FollowerRules, key: MasterKey) -> Verdict:
    """Return why this follower takes no entry in this symbol and product at all, or None."""
    return (
        _listing_gate(state, key)
        or (None if _product_fits(key) else (SkipReason.UNKNOWN_PRODUCT, key.product.value))
        or _owner_gate(rules, key)
        or _broker_gate(state, rules, key)
    )


def _broker_gate(state: State, rules: FollowerRules, key: MasterKey) -> Verdict:
    """Skip what the broker would refuse for the account, in PAPER too: it shows what LIVE would do."""
    account = state.account(rules.name)
    if account.exchanges and account.lacks(key.exchange):
        return SkipReason.BROKER_SEGMENT, key.exchange
    return None


def _mode_gate(state: State, rules: FollowerRules) -> Verdict:
    if not state.copying:
        return SkipReason.NOT_COPYING, ""
    if not rules.enabled:
        return SkipReason.DISABLED, ""
    if state.account(rules.name).paused:
        return SkipReason.PAUSED, ""
    return None


def _frozen_gate(state: State) -> Verdict:
    """Return why no entry of anybody may leave."""
    if state.killed:
        return SkipReason.KILL_SWITCH, ""
    if state.fence.frozen is not None:
        return SkipReason.FENCED, ""
    if state.clock_level is ClockLevel.FAR_OFF:
        return SkipReason.CLOCK, ""
    return None


def _owner_gate(rules: FollowerRules, key: MasterKey) -> Verdict:
    if key.exchange not in rules.segments:
        return SkipReason.SEGMENT, key.exchange
    if rules.ratio(key.exchange) == 0:
        above = f"{key.exchange}; above 0 in SEGMENT_MULTIPLIERS would copy it"
        return SkipReason.MULTIPLIER_ZERO, above
    listed = rules.symbols_allow or rules.symbols_block
    if listed and not rules.allows(key.exchange, key.symbol):
        return SkipReason.SYMBOL_BLOCKED, f"{key.exchange}:{key.symbol}"
    return None


def _listing_gate(state: State, key: MasterKey) -> Verdict:
    if key.exchange not in _EXCHANGES:
        return SkipReason.UNKNOWN_EXCHANGE, key.exchange
    if state.instruments.find(key.exchange, key.symbol) is None:
        return SkipReason.UNKNOWN_INSTRUMENT, f"{key.exchange}:{key.symbol}"
    old = state.instruments.is_of_before(state.trading_day)
    if old and key.exchange not in _EQUITY:
        # Lots, freeze quantities and contracts change overnight; shares keep theirs.
        return SkipReason.OLD_INSTRUMENTS, f"it is of {state.instruments.of_day:%d %b}"
    return None


def _kind_gate(key: MasterKey, order: OrderRow) -> Verdict:
    second_leg = order.parent_order_id is not None and order.variety is not Variety.ICEBERG
    if second_leg or key.product is Product.CO:
        return SkipReason.COVER_ORDER, _COVER
    not_copied = _NOT_COPIED.get(order.variety)
    if not_copied is not None:
        return not_copied
    if not _product_fits(key):
        return SkipReason.UNKNOWN_PRODUCT, key.product.value
    if order.order_type not in _COPIED_TYPES:
        return SkipReason.ORDER_KIND, order.order_type.value
    return None


def _product_fits(key: MasterKey) -> bool:
    if key.product in (Product.CNC, Product.MTF):
        return key.exchange in _EQUITY
    if key.product is Product.NRML:
        return key.exchange not in _EQUITY
    return key.product is Product.MIS


def moment_gate(state: State, rules: FollowerRules, venue: Venue, *, at: datetime) -> Verdict:
    """Return why no entry may leave for this follower at this moment, or None."""
    account = state.account(rules.name)
    if all_may_enter(state, venue, at=at) and he_may_enter(state, rules, account, venue):
        return None
    standing = _mode_gate(state, rules) or _frozen_gate(state)
    if standing is not None:
        return standing
    if venue is not state.venue:
        return SkipReason.NOT_COPYING, f"mode is {state.venue.label} now"
    if venue is Venue.LIVE and (state.armed_until is None or at >= state.armed_until):
        return SkipReason.NOT_ARMED, ""
    if venue is Venue.LIVE and not account.session_ok:
        return SkipReason.NO_SESSION, ""
    return loss_gate(state, rules, venue, at=at)


def all_may_enter(state: State, venue: Venue, *, at: datetime) -> bool:
    """Return whether nothing that binds everybody alike stops entries at a venue at this moment."""
    if not state.copying or venue is not state.venue or _frozen_gate(state) is not None:
        return False
    armed = state.armed_until is not None and at < state.armed_until
    return armed or venue is Venue.PAPER


def he_may_enter(state: State, rules: FollowerRules, account: Account, venue: Venue) -> bool:
    """Return whether nothing of a follower's own stops his entries at this moment, without a closer look.

    False where anybody has come to a step of the loss ladder, or his loss is not seen: ``loss_gate`` looks closer.
    """
    if not rules.enabled or account.paused or state.losses or rules.name in state.unseen_since:
        return False
    return account.session_ok or venue is Venue.PAPER


def entry_epoch(state: State, venue: Venue, follower: AccountName) -> int | None:
    """Return the mode epoch in which an entry of a follower may leave now; None where none may.

    Asked once more as it leaves: it may have been decided just before he was paused or disabled, or had lost
    too much.
    """
    rules = state.rules.get(follower)
    off = rules is None or not rules.enabled or state.account(follower).paused
    stopped = off or latched(state, venue, follower) >= LossStep.NO_ENTRIES
    return None if stopped else state.mode_epoch


def age_gate(
    state: State,
    rules: FollowerRules,
    order: MasterOrder,
    *,
    at: datetime,
    further: bool = False,
) -> Verdict:
    """Return why a fill of the master is too old to enter on, or None. A resting order has no age.

    Args:
        state: The state, for how wrong our clock is: fills are stamped by the broker's.
        rules: The follower's.
        order: The master's order.
        at: The time of the decision.
        further: Whether earlier fills of it were copied: then the newest is judged.
    """
    age = age_of(state, order, at=at, further=further)
    if age is None or age <= rules.max_entry_age:
        return None
    seconds = age.total_seconds()
    return SkipReason.STALE, f"filled {seconds:.0f} s ago, limit {rules.max_entry_age.seconds} s"


def age_of(
    state: State, order: MasterOrder, *, at: datetime, further: bool = False
) -> timedelta | None:
    """Return how long ago the master's first fill of an order was, or his newest; None before any."""
    since = order.filled_at if further else order.fill_at
    return None if since is None else state.brokers_time(at) - since


def must_wait(account: Account, venue: Venue) -> bool:
    """Return whether whatever is new, exits too, waits until the account's own book has been read."""
    return venue is Venue.LIVE and not account.reconciled
