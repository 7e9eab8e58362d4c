"""What a follower should have for one master order: the wish, never the way there."""

from datetime import datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from engine.core.planning.ladder import laddered
from engine.core.planning.wishes import Wish, marketable
from engine.core.state.context import PartContext, order_view, part_context
from engine.core.state.conversions import exit_shares
from engine.core.state.latches import is_left_to_the_market
from engine.core.state.ledger import filled_ahead, is_out_again, rest_to_claim, working_split
from engine.core.state.state import MasterOrder, State
from engine.core.values.child import RESTS, Child
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.exact import Exact, divided
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import OrderId, OrderType, Side
from engine.core.values.orders import OrderRow
from engine.core.values.rules import Mirror
from engine.core.values.sizing import band_price, claim_units, entry_units
from engine.core.values.translate import (
    NO_STOP_MARKET,
    RESTING,
    STOPS,
    takes_stop_market,
    validity_note,
)

#: How long a child may go on resting at the master's own price after he is done, so that a fill
#: on its way is not raced by a cancel; the same pause as before an orphan is closed, and before an exit that
#: filled ahead of him rests a second time.
SETTLE = timedelta(seconds=2)
#: The least time between two orders for parts of one master order that fills in many: each order
#: counts towards the broker's limits (Kite forum comment 52882).
PARTS_APART = timedelta(seconds=1)
_UNDER_WAY = frozenset({IntentState.SENDING, IntentState.UNKNOWN})
_COPIED_TYPES = frozenset({*RESTING, OrderType.MARKET})


def entry_wish(
    context: PartContext,
    order: MasterOrder,
    *,
    last_price: Decimal | None,
    at: datetime,
    asked: bool = False,
) -> Wish:
    """Return the wanted entry of one master order; ``asked``: as it is once a person has asked for it now.

    Working: the same price, following modifications; under ``fills`` nothing until he fills, then
    that part at the band. Ended with the child unfilled: ``sweep`` re-prices to a limit at the
    band, ``orders`` leaves it resting. Once the master is flat again only what has filled is wanted.
    """
    part, row = context.part, order.row
    context = _never_beyond_its_band(context, row.side)
    units = _units_for(context, order, followed_quantity(context, order))
    # One that was an exit is copied only as it fills: what he has exited of that is over for it too.
    out = (row.status.is_terminal or order.was_exit) and is_out_again(part)
    if out or row.order_type not in _COPIED_TYPES:
        # He is out again, or made it an order of a kind that is not copied while it works.
        units = 0
    quantity = max(units, part.filled(Leg.ENTRY))
    if row.is_market and not order.was_exit:
        if (asked or part.asked_at is not None) and row.average_price is not None:
            # A person's word comes later than his fill: no more is paid than the band round his price.
            return replace(_at_the_band(context, row, quantity), keep_resting=True)
        wish = marketable(context, row.side, quantity, reference=row.average_price or last_price)
        # A child that still rests at the price he had before is taken along.
        return replace(wish, keep_resting=False) if _rests_short(part, row) else wish
    if order.was_exit or (row.status.is_terminal and context.rules.mirror is Mirror.SWEEP):
        return _swept(context, order, quantity, at=at)
    if context.rules.mirror is Mirror.FILLS:
        return _as_he_fills(context, order, quantity, at=at)
    wish = _as_master(context, row, row.side, quantity)
    if row.status.is_terminal and wish.trigger_price is not None:
        # His stop has triggered and is done: a copy that was never placed rests at its limit.
        price = wish.price or _at_the_band(context, row, quantity).price
        wish = replace(wish, order_type=OrderType.LIMIT, price=price, trigger_price=None)
    return replace(wish, keep_resting=row.status.is_terminal)


def _never_beyond_its_band(context: PartContext, side: Side) -> PartContext:
    """Forget the bound that would make an entry dearer than its band: it is refused and told instead."""
    known = context.instrument
    if (known.lowest if side is Side.BUY else known.highest) is None:
        return context
    if side is Side.BUY:
        return replace(context, instrument=replace(known, lowest=None))
    return replace(context, instrument=replace(known, highest=None))


def followed_quantity(context: PartContext, order: MasterOrder) -> int:
    """Return the units of a master order that are followed now: under ``fills`` what has filled."""
    if context.rules.mirror is Mirror.FILLS and not order.row.is_market:
        return order.entry_filled
    return context.entry_quantity


def whole_units(context: PartContext, order: MasterOrder) -> int:
    """Return the units that a whole master order comes to, though under ``fills`` not all of it yet."""
    return _units_for(context, order, context.entry_quantity)


def _units_for(context: PartContext, order: MasterOrder, quantity: int) -> int:
    part = context.part
    units = entry_units(
        quantity=part.in_of(quantity),
        ratio=part.ratio,
        carry=part.carry,
        side=order.row.side,
        lot_size=context.instrument.lot_size,
        fixed=part.fixed,
    )
    # What met an exit before he has filled anything is entered again only when he does.
    return part.to_enter(units) if order.entry_filled else part.at_most(units)


def _rests_short(part: CopyPart, row: OrderRow) -> bool:
    """Whether an entry child waits at a price that the master has given up for the market's.

    One that stands at the market already, or at its band, is left: each change costs one of 25.
    """
    reference = row.average_price
    for child in part.of(Leg.ENTRY):
        terms = child.terms
        if child.has_ended or terms.order_type is OrderType.MARKET:
            continue
        if terms.trigger_price is not None or terms.price is None or reference is None:
            return True
        if (terms.price - reference) * child.side.sign <= 0:
            return True
    return False


def _as_master(context: PartContext, row: OrderRow, side: Side, quantity: int) -> Wish:
    """Wish an order that rests as the master's does: LIMIT, SL or SL-M at his own prices.

    An SL-M is a limit order with an offset where the exchange takes none.
    """
    wish = Wish(
        side=side,
        quantity=quantity,
        order_type=row.order_type,
        price=row.price,
        trigger_price=row.trigger_price if row.order_type in STOPS else None,
        note=validity_note(row),
    )
    if row.order_type is not OrderType.SL_M:
        return wish
    if takes_stop_market(context.instrument) or row.trigger_price is None:
        return replace(wish, price=None)
    price = band_price(
        row.trigger_price, side=side, instrument=context.instrument, rules=context.rules
    )
    return replace(wish, order_type=OrderType.SL, price=price, note=NO_STOP_MARKET)


def _swept(context: PartContext, order: MasterOrder, quantity: int, *, at: datetime) -> Wish:
    """Wish the rest at the band round the master's price, once his order has settled."""
    due = (order.ended_at or at) + SETTLE
    return replace(
        _at_the_band(context, order.row, quantity),
        keep_resting=at < due,
        wake_at=due if at < due else None,
    )


def _as_he_fills(context: PartContext, order: MasterOrder, quantity: int, *, at: datetime) -> Wish:
    """Wish what he has filled at the band; further parts wait a moment, so that many become one."""
    wish = _at_the_band(context, order.row, quantity)
    newest = context.part.of(Leg.ENTRY)[-1:]
    due = newest[0].planned_at + PARTS_APART if newest else at
    return wish if at >= due else replace(wish, hold=True, wake_at=due)


def _at_the_band(context: PartContext, row: OrderRow, quantity: int) -> Wish:
    """Wish a limit at the band round the master's price."""
    instrument = context.instrument
    reference = row.average_price or row.price or instrument.tick_size
    return Wish(
        side=row.side,
        quantity=quantity,
        order_type=OrderType.LIMIT,
        price=band_price(reference, side=row.side, instrument=instrument, rules=context.rules),
    )


def exit_wish(
    state: State, context: PartContext, *, last_price: Decimal | None, at: datetime
) -> Wish | None:
    """Return the wanted exit of one master order, or None where it exits nothing.

    Claimed units and, while his order works, his share of what is left. A working LIMIT rests at
    his price; what he has done is sent as protected MARKET, then re-priced once.

    Args:
        state: Tells which copies stay under another product than he holds.
        context: The part.
        last_price: Rupees of the newest tick; None where none came.
        at: The time of the decision.
    """
    part, order = context.part, context.order
    share = _working_share(state, context)
    claimed = abs(part.claimed)
    if not claimed and not share and not part.of(Leg.EXIT):
        return None
    side = _exit_side(part, order)
    mine, free = _allotted(context.book, context.order_id, side)
    filled = part.filled(Leg.EXIT)
    again_at = _rests_again_at(part, order, at=at)
    ahead = max(0, part.exited + (part.given if again_at else 0) - claimed)
    resting = _beside_the_others(state, context, side, max(0, share - ahead), mine=mine)
    quantity = filled + mine + min(resting, free)
    # While his order works the child rests with it, even where what is left is less than a lot here.
    follows = context.rules.mirror is not Mirror.FILLS
    if order is not None and follows and context.working[0] > 0:
        row = order.row
        rests = row.order_type in RESTING and not row.is_market
        if rests and mine and is_left_to_the_market(part.of(Leg.EXIT)):
            # What he has filled is not kept waiting for the rest of his order.
            quantity = filled + mine
        elif rests:
            wish = _as_master(context, row, side, quantity)
            return replace(wish, step=RESTS, wake_at=again_at)
    return laddered(context, side, quantity, last_price=last_price, at=at)


def _rests_again_at(part: CopyPart, order: MasterOrder | None, *, at: datetime) -> datetime | None:
    """Return when what an exit filled ahead rests once more, as it met another's claim; None: at once.

    Where ours has filled, his is mostly about to: what it fills is claimed at once, and a pause spares an order
    that his next row would have cancelled or sent to the market.
    """
    if not part.given or order is None or order.row.is_market:
        return None
    filled_at = (when for child in part.of(Leg.EXIT) for when, _ in child.fills)
    due = max(filled_at, default=at - SETTLE) + SETTLE
    return due if at < due else None


def _working_share(state: State, context: PartContext) -> int:
    """Return what the unfilled remainder of a working exit is worth here, units >= 0.

    The copies of what he converted to another product are of this key still: they stay.
    """
    order, position, book = context.order, context.position, context.book
    if order is None or order.row.order_type not in _COPIED_TYPES:
        # What is not mirrored while it works is followed when it fills, through the claim.
        return 0
    if context.rules.mirror is Mirror.FILLS and not order.row.is_market:
        return 0
    remainder = context.working[0]
    if remainder == 0 or book.virtual * position.net <= 0:
        return 0
    # What a copy filled ahead of his own working order is for that order: he is not exiting it.
    side, lot = (1 if position.net > 0 else -1), context.instrument.lot_size
    ahead = filled_ahead(book, position, side=side, lot_size=lot)
    there = max(0, abs(book.virtual) - ahead)
    shares = exit_shares(state, context.key.master, net=position.net, units=remainder)
    share = next((divided(gone, of) for key, gone, of in shares if key == context.key.master), 0)
    there, grows = _without_what_went_too_far(context, there)
    share = min(1, share * grows)
    units, _ = claim_units(
        virtual=there,
        rest=rest_to_claim(book, position, lot_size=lot) if _takes_the_rest(context) else 0,
        part=share.numerator,
        of=share.denominator,
        lot_size=lot,
    )
    return units


def _without_what_went_too_far(context: PartContext, there: int) -> tuple[int, Exact]:
    """Return what his other working exits share out, units >= 0, and by how much the share of each grows, >= 1.

    A copy may fill more than its order's share: he made that smaller meanwhile, or entered what was not copied
    here. It has taken that from the others, which would else rest for more than is held. So they share what
    is left of the copies, each by its part of what is left of his position.
    """
    position = context.position
    net, left = abs(position.net), abs(position.net)
    ahead = [
        (part.exited - abs(part.claimed), working_split(position, order)[0])
        for order_id, part in context.book.active_parts()
        if order_id != context.order_id
        and part.exited > abs(part.claimed)
        and (order := position.orders.get(order_id)) is not None
        and order.row.side.sign * position.net < 0
    ]
    working = [(units, his) for units, his in ahead if his]
    for units, his in sorted(working, key=lambda each: divided(*each), reverse=True):
        if units * left > there * his:
            there, left = there - units, left - his
    return max(0, there), divided(net, max(1, left))


def _beside_the_others(
    state: State, context: PartContext, side: Side, share: int, *, mine: int
) -> int:
    """Return what of a share may rest while other resting exits are larger than they should be, units >= 0.

    The broker refused to cut them for now, or the budget is spent: until they are cut, an exit that is new or
    is to grow leaves them room. What rests already stays, and what is claimed is not asked.
    """
    if not share:
        return 0
    part, book = context.part, context.book
    others = [
        (order_id, other)
        for order_id, other in book.active_parts()
        if order_id != context.order_id and other.outstanding(Leg.EXIT)
    ]
    together = share + mine + sum(other.outstanding(Leg.EXIT) for _, other in others)
    if together <= abs(book.held):
        return share
    uncut = 0
    for order_id, other in others:
        rests = sum(each.outstanding for each in other.of(Leg.EXIT) if _is_uncut(each, side))
        if rests:
            theirs = _working_share(
                state,
                part_context(
                    book,
                    order_view(order_id, position=context.position, instrument=context.instrument),
                    rules=context.rules,
                ),
            )
            wanted = other.unfilled_claim + theirs
            uncut += max(0, rests - wanted)
    stands = sum(each.outstanding for each in part.of(Leg.EXIT) if each.sent_at is not None)
    return max(0, share - uncut, min(share, stands - mine))


def _is_uncut(child: Child, side: Side) -> bool:
    """Whether an exit rests at its broker as it is, and nothing that may cut it is under way."""
    under_way = child.change is not None and child.change.state in _UNDER_WAY
    known = child.state is IntentState.ACKED and child.side is side
    return known and child.cancel is None and not under_way


def _takes_the_rest(context: PartContext) -> bool:
    """Whether this exit is the one that is rounded with what earlier exits left: the oldest that works.

    Were each rounded with it, several would add up to more than is held.
    """
    if not context.book.claim_rest:
        return False
    working = (
        order_id
        for order_id in context.book.active
        if (order := context.position.orders.get(order_id)) is not None
        and working_split(context.position, order)[0] > 0
    )
    return next(working, None) == context.order_id


def _exit_side(part: CopyPart, order: MasterOrder | None) -> Side:
    if part.claimed:
        return Side.BUY if part.claimed > 0 else Side.SELL
    children = part.of(Leg.EXIT)
    if children or order is None:
        # With nothing claimed, and no order of today that works, it is an exit of ours that is wished anew.
        return children[-1].side
    return order.row.side


def _allotted(book: KeyBook, order_id: OrderId, side: Side) -> tuple[int, int]:
    """Return (units this order's claim may still exit, units held beyond all claims).

    What all claims together may take is what is held beyond what should be held. What is on its way
    comes first, then what those claims lack, then the newest: so they never add up to more than the
    holding, and one that came to nothing never reaches into a position that was built after it.
    What is on its way is not free either, where it is more than it should be by now.
    """
    holding = max(0, -side.sign * book.held)
    left = due = min(holding, max(0, -side.sign * (book.held - book.virtual)))
    claims = [
        (other, part.unfilled_claim, min(part.unfilled_claim, part.outstanding(Leg.EXIT)))
        for other, part in reversed(book.active_parts())
        if part.claimed * side.sign > 0
    ]
    leaving = [(other, working) for other, _, working in claims]
    lacking = [
        (other, owed - working)
        for other, owed, working in sorted(claims, key=lambda each: not each[2])
    ]
    mine = 0
    for other, units in (*leaving, *lacking):
        got = min(left, units)
        left -= got
        if other == order_id:
            mine += got
    return mine, max(0, holding - max(due, sum(units for _, units in leaving)))
