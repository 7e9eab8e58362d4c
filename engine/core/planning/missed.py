"""A missed entry: offered to people instead of being only told, and what it would come to now."""

from msgspec import Struct

from engine.core.planning.wanted import followed_quantity
from engine.core.risk.limits import price
from engine.core.state.context import PartContext, order_view, part_context
from engine.core.state.delivery import instrument_of
from engine.core.state.ledger import carry_of, is_out_again, out_now
from engine.core.state.state import MasterOrder, MasterPosition, State
from engine.core.state.turn import Turn, topic_of
from engine.core.values.child import Child
from engine.core.values.exact import Exact, divided, exact
from engine.core.values.keys import Key, Leg, copy_topic, row_key
from engine.core.values.market import OrderId, OrderType
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.offers import whether_to_enter
from engine.core.values.orders import OrderRow
from engine.core.values.rules import Sizing
from engine.core.values.sizing import entry_units

#: Reasons that speak of the moment: a person may still want the entry. Others stand for a decision.
OFFERED = frozenset({SkipReason.STALE, SkipReason.NO_SESSION})


class Size(Struct, frozen=True, kw_only=True, gc=False):
    """What an entry would be sized by now; ``units`` is what is still to be sent, >= 0."""

    ratio: Exact
    carry: Exact
    units: int
    fixed: bool = False
    out: Exact = 0


def size_now(context: PartContext, order: MasterOrder) -> Size:
    """Size an entry by what the master has kept of his order.

    Nothing of it filled here: by the multiplier and what is owed as they are now. What is measured otherwise
    stays as it was pinned. Else by those that were
    pinned, less what he has exited since.
    """
    part, shown = context.part, row_key(order.row)
    out = out_now(part, order)
    kept = part.kept if part.entered and out == part.out else 1
    if part.filled(Leg.ENTRY):
        ratio, carry = part.ratio * kept, part.carry * kept
    else:
        ratio = part.ratio * kept
        if context.rules.sizing is Sizing.MULTIPLIER and not part.fixed:
            ratio = exact(context.rules.ratio(shown.exchange)) * kept
            if part.opened_ratio:
                # What he had exited while it waited, and was taken off there, stays off.
                ratio *= min(1, divided(part.ratio, part.opened_ratio))
        carry = carry_of(
            context.book,
            context.position,
            lot_size=context.instrument.lot_size,
            before=context.order_id,
        )
    units = entry_units(
        quantity=max(0, followed_quantity(context, order) - out),
        ratio=ratio,
        carry=carry,
        side=order.row.side,
        lot_size=context.instrument.lot_size,
        fixed=part.fixed,
    )
    left = part.to_enter(units) - part.filled(Leg.ENTRY) - part.outstanding(Leg.ENTRY)
    return Size(ratio=ratio, carry=carry, units=max(0, left), fixed=part.fixed, out=out)


def is_still_in(context: PartContext, order: MasterOrder) -> bool:
    """Return whether the master still has, or still wants, what this order entered."""
    if is_out_again(context.part):
        return False
    if order.row.counts and not order.row.status.is_terminal:
        return True
    # Ended: only what he holds of it is left to be followed.
    return context.position.net * order.row.side.sign > 0 and order.entry_filled > 0


def offer_missed(turn: Turn, context: PartContext, reason: SkipReason, detail: str) -> None:
    """Offer an entry that was skipped, where it is worth anything and the reason may pass."""
    order = context.order
    if order is None or reason not in OFFERED or not is_still_in(context, order):
        return
    size = size_now(context, order)
    if not size.units:
        return
    key, row = context.key, order.row
    question = whether_to_enter(key, context.order_id, label="Copy")
    if turn.is_asked(question):
        return
    why = f"{reason.value} ({detail})" if detail else reason.value
    turn.tell(
        Severity.WARNING,
        f"{key.follower}: {row.side.value} {size.units} {key.symbol} was not copied: {why}.\n"
        f"{prices_line(turn.state, context, row)}\n"
        "Open until the master is out again, or the day ends.",
        topic=copy_topic(key.venue, context.order_id),
        question=question,
    )


def offer_expired(turn: Turn, child: Child, why: str) -> None:
    """Offer an entry that was planned and became too old before it could leave."""
    context = context_of(turn.state, child.key, child.master_order_id)
    if context is not None and context.part.sync is not None:
        turn.tell(
            Severity.WARNING,
            f"{child.key.follower}: {child.command.quantity} {child.key.symbol} of {context.part.sync.of} were not "
            f"entered: {why}.",
            topic=topic_of(child.key.follower),
        )
    elif context is not None:
        offer_missed(turn, context, SkipReason.STALE, why)


def context_of(state: State, key: Key, order_id: OrderId) -> PartContext | None:
    """Return what a follower's part in an order is decided by, or None where that is history."""
    book, rules = state.book(key), state.rules.get(key.follower)
    instrument = instrument_of(state, key.master, order_id)
    if book is None or rules is None or instrument is None or order_id not in book.parts:
        return None
    position = state.master.get(key.master) or MasterPosition()
    return part_context(
        book, order_view(order_id, position=position, instrument=instrument), rules=rules
    )


def prices_line(state: State, context: PartContext, row: OrderRow) -> str:
    """Return what the master paid, or wants to pay, beside the price of now; one line."""
    now = state.prices.get(context.instrument.key)
    # Without a fill, what Kite shows as the price of a market order is its protection limit, which nobody asked for.
    at_market = row.is_market or row.order_type is OrderType.SL_M
    # What the socket alone has told has no tags, so that a market order looks like a limit at its protection.
    proven = context.order is None or context.order.proven
    master = row.average_price or (row.price if proven and not at_market else None)
    if master is not None:
        paid = f"Master's price {price(master)}"
    else:
        paid = "Master at the market" if at_market else "Master's price not known"
    return f"{paid}, now {price(now)}." if now is not None else f"{paid}."
