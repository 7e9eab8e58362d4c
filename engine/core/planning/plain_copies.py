"""The plain copy, as most are: a first order for what the master has just done, and nothing else of the key goes on.

An entry of a follower who holds nothing of the key, or the exit of all that its order claims. Whatever looks for what
has happened since (orders to follow, claims that were met otherwise, refusals to tell) has nothing to look at there,
and every question that may hold a copy back is answered by a glance. Where a glance does not answer one, nothing
is done here, and the whole way in ``plan.py`` decides and says why: it comes to the same for every plain copy,
which ``tests/core/test_core_plain_copies.py`` plays both ways.
"""

from datetime import timedelta
from decimal import Decimal

from msgspec import Struct, field

from engine.core.planning.children import most_units, plan_children
from engine.core.planning.entry_hours import entry_times
from engine.core.planning.moulds import Mould, cast_first, mould_of
from engine.core.planning.square_off import is_placed_for_him
from engine.core.planning.wanted import entry_wish
from engine.core.planning.wishes import Wish, marketable
from engine.core.risk.first_read import has_his_book, has_what_exits_need
from engine.core.risk.gates import age_of, all_may_enter, he_may_enter
from engine.core.state.accounts import Account
from engine.core.state.brokernet import broker_cover
from engine.core.state.context import OrderView, PartContext, part_context
from engine.core.state.delivery import goes_short, is_delivery
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import Turn
from engine.core.values.calendar import Taken
from engine.core.values.copies import KeyBook
from engine.core.values.keys import ChildId, Leg, around_follower, copy_topic, row_key
from engine.core.values.market import MASTER, Side, Venue
from engine.core.values.orders import OrderRow
from engine.core.values.rules import FollowerRules


class PlainOrder(Struct, frozen=True, kw_only=True, gc=False):
    """What of a master order is the same for all plain copies in this turn.

    Attributes:
        enters: Whether its entries may be plain; else its exits may.
        venue: Where.
        age: Of what he has filled of it; None before his first fill.
        beside: How long before or after it another order of his was seen, where it is an option and may
            need that one beside it; None where it does not.
        last_price: Rupees of the newest tick; None where none came.
        topic: Of its card.
        around: What the tags of its copies are a hash of, but for the follower.
        lot, most: Units of a lot; units one order may carry, None where nobody knows.
        forms: What an entry or an exit comes to, by all of a follower's that it depends on (what is owed to him
            and his ratio, how he mirrors, his bands and age limit); None where it is not entered now.
    """

    view: OrderView
    order: MasterOrder
    enters: bool
    venue: Venue
    age: timedelta | None
    beside: timedelta | None
    last_price: Decimal | None
    topic: str
    around: tuple[str, str]
    lot: int
    most: int | None
    forms: dict[tuple[object, ...], tuple[Wish, Mould] | None] = field(default_factory=dict)


def plain_order(turn: Turn, view: OrderView) -> PlainOrder | None:
    """Return what plain copies of an order look at; None where none of them can be plain.

    An order is found in its own key only: copies that it exits under another, since he has converted them, are
    never plain.
    """
    state, order = turn.state, view.order
    if order is None or view.working[0]:
        return None
    enters = bool(view.entry_quantity)
    if not (_may_enter_plainly(turn, view, order) if enters else _may_exit_plainly(turn, order)):
        return None
    return PlainOrder(
        view=view,
        order=order,
        enters=enters,
        venue=state.venue,
        age=age_of(state, order, at=turn.at),
        beside=_seen_beside(state, view, order),
        last_price=state.prices.get(view.instrument.key),
        topic=copy_topic(state.venue, view.order_id),
        around=around_follower(_first_child(turn, view, Leg.ENTRY if enters else Leg.EXIT)),
        lot=view.instrument.lot_size,
        most=most_units(view.instrument),
    )


def _first_child(turn: Turn, view: OrderView, leg: Leg) -> ChildId:
    """Return who the first child of a leg is, but for the follower."""
    return ChildId(
        trading_day=turn.state.trading_day or turn.at.date(),
        venue=turn.state.venue,
        follower=MASTER,
        master_order_id=view.order_id,
        leg=leg,
        generation=0,
    )


def _may_enter_plainly(turn: Turn, view: OrderView, order: MasterOrder) -> bool:
    """Whether it only enters, was not seen before this turn, and nothing holds entries of everybody back."""
    state = turn.state
    if order.seen_at != turn.at or order.exit_filled or order.was_exit or _is_short(order.row):
        return False
    known = view.order_id not in state.products.waiting and not state.awaits_clock
    return (
        known and state.account(MASTER).reconciled and all_may_enter(state, state.venue, at=turn.at)
    )


def _may_exit_plainly(turn: Turn, order: MasterOrder) -> bool:
    """Whether he has placed it himself, and no demat account has a say in it."""
    return not is_delivery(row_key(order.row)) and not is_placed_for_him(turn.state, order)


def _is_short(row: OrderRow) -> bool:
    return goes_short(row_key(row), row.side)


def _seen_beside(state: State, view: OrderView, order: MasterOrder) -> timedelta | None:
    if not view.instrument.kind.is_option:
        return None
    if order.row.side is Side.SELL:
        return timedelta()  # it waits for its hedge, whatever was seen
    others = (each for each in reversed(state.master_key_of) if each != view.order_id)
    other = state.master_order(next(others, view.order_id))
    return None if other is None or other is order else abs(other.seen_at - order.seen_at)


def plan_plainly(turn: Turn, book: KeyBook, plain: PlainOrder, rules: FollowerRules) -> bool:
    """Plan a follower's copy where it is plain; return whether it was, else nothing was done.

    Args:
        turn: The turn.
        book: A ledger in which that order alone may still change.
        plain: The order.
        rules: The follower's.
    """
    part = book.parts[plain.view.order_id]
    if book.key.venue is not plain.venue or book.claim_rest or not part.is_new:
        return False
    context = part_context(book, plain.view, rules=rules)
    return _enter(turn, context, plain) if plain.enters else _exit(turn, context, plain)


def _enter(turn: Turn, context: PartContext, plain: PlainOrder) -> bool:
    """Plan an entry where nothing of the key is held, and no question is asked about it."""
    book, part, account = context.book, context.part, turn.state.account(context.key.follower)
    if book.held or book.virtual or part.claimed or part.met or part.kept != 1:
        return False
    if not _is_let_in(turn, context, plain, account):
        return False
    form = _entry_of(turn, context, plain)
    if form is None:
        return False
    wish, mould = form
    _plan(turn, context, plain, wish, mould, wish.quantity)
    return True


def _is_let_in(turn: Turn, context: PartContext, plain: PlainOrder, account: Account) -> bool:
    """Whether nothing of a follower's own holds his entry back, and nobody is asked about it: ``ASKED``, by a glance."""
    rules, key = context.rules, context.key
    old = plain.age is not None and plain.age > rules.max_entry_age
    in_basket = plain.beside is not None and plain.beside <= rules.basket_window
    return not (
        old
        or in_basket
        or rules.ask_first
        or rules.limits_entries
        or key in turn.scaled
        or not has_his_book(account, key.venue)
        or not he_may_enter(turn.state, rules, account, key.venue)
    )


def _entry_of(turn: Turn, context: PartContext, plain: PlainOrder) -> tuple[Wish, Mould] | None:
    """Return what is entered now; None where nothing is, or not yet.

    Of an order that nothing has become of here the rest is the same for everybody.
    """
    part, rules = context.part, context.rules
    alike = (
        *(part.ratio, part.carry, part.fixed, rules.mirror, rules.max_slippage_bps),
        *(rules.option_slippage_bps, rules.market_protection, rules.max_entry_age),
    )
    if alike not in plain.forms:
        wish = entry_wish(context, plain.order, last_price=plain.last_price, at=turn.at)
        times = entry_times(turn, context, plain.order, wish.order_type)
        goes = wish.quantity and not wish.hold and wish.wake_at is None
        now = times.taken is Taken.NOW and times.since is None
        plain.forms[alike] = (
            (wish, mould_of(turn, context, Leg.ENTRY, wish, generation=0)) if goes and now else None
        )
    return plain.forms[alike]


def _exit_of(
    turn: Turn, context: PartContext, plain: PlainOrder, side: Side, units: int
) -> tuple[Wish, Mould]:
    """Return what an exit comes to, but for its units."""
    rules = context.rules
    alike = (side, rules.max_slippage_bps, rules.option_slippage_bps, rules.market_protection)
    form = plain.forms.get(alike)
    if form is None:
        price = plain.last_price or plain.order.row.average_price
        wish = marketable(context, side, units, reference=price)
        form = wish, mould_of(turn, context, Leg.EXIT, wish, generation=0)
        plain.forms[alike] = form
    return form


def _plan(
    turn: Turn, context: PartContext, plain: PlainOrder, wish: Wish, mould: Mould, units: int
) -> None:
    """Plan a part's first child, or its slices."""
    is_one = not units % plain.lot and (plain.most is None or units <= plain.most)
    if is_one and cast_first(turn, context, mould, units, plain.around):
        turn.cards[plain.topic] = (plain.venue, context.order_id)
    else:
        plan_children(turn, context, mould.leg, wish, units)


def _exit(turn: Turn, context: PartContext, plain: PlainOrder) -> bool:
    """Plan the exit of all that its order has claimed, where that is held and the broker shows it."""
    book, part, key = context.book, context.part, context.key
    units = abs(part.claimed)
    if not units or part.gone or part.given or part.met:
        return False
    if book.held - book.virtual != -part.claimed or book.held * part.claimed >= 0:
        return False
    if abs(book.held) < units:
        return False
    account = turn.state.account(key.follower)
    logged_in = account.session_ok or key.venue is Venue.PAPER
    if not (logged_in and has_what_exits_need(account, book)):
        return False
    side = Side.BUY if part.claimed > 0 else Side.SELL
    cover = broker_cover(turn.state, book, side)
    if cover is not None and cover < units:
        return False
    wish, mould = _exit_of(turn, context, plain, side, units)
    _plan(turn, context, plain, wish, mould, units)
    return True
