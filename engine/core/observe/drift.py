"""Where a follower differs: what the master's net is worth, what was copied, what the broker shows."""

from engine.core.state.brokernet import held_key, observed_net
from engine.core.state.conversions import followed
from engine.core.state.state import State
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.exact import Exact, exact, size_of
from engine.core.values.instruments import round_to_lots
from engine.core.values.keys import Key, Leg, MasterKey
from engine.core.values.market import Product, Venue
from engine.core.values.position_views import AccountDrift, DriftRow
from engine.core.values.rules import FollowerRules, Sizing
from engine.core.values.views import SessionState


def drift_view(state: State) -> tuple[AccountDrift, ...]:
    """Return every follower with the symbols in which it is not in step, in the current mode."""
    return tuple(_drift_of(state, rules) for rules in state.rules.values())


def drift_rows(state: State, rules: FollowerRules) -> tuple[DriftRow, ...]:
    """Return the symbols in which one follower is not in step, in the current mode."""
    rows = [drift_row(state, rules, key) for key in {**state.master, **state.books}]
    return tuple(sorted((row for row in rows if differs(row)), key=_place_in_list))


def _drift_of(state: State, rules: FollowerRules) -> AccountDrift:
    live, account = state.venue is Venue.LIVE, state.account(rules.name)
    return AccountDrift(
        account=rules.name,
        venue=state.venue,
        session=SessionState.OK if account.session_ok else SessionState.LOGIN,
        read_at=account.positions_at if live else None,
        rows=drift_rows(state, rules),
    )


def differs(row: DriftRow) -> bool:
    """Return whether a symbol is not in step."""
    at_broker = row.copied if row.observed is None else row.observed
    return not row.wanted == row.copied == at_broker


def _place_in_list(row: DriftRow) -> tuple[str, str, Product]:
    return row.exchange, row.symbol, row.product


def drift_row(state: State, rules: FollowerRules, master: MasterKey) -> DriftRow:
    """Return what one follower should have of one symbol of the master's, and has, in the current mode."""
    key = Key(
        venue=state.venue,
        follower=rules.name,
        exchange=master.exchange,
        symbol=master.symbol,
        product=master.product,
    )
    book = state.book(key)
    copied, wanted = book.held if book else 0, units_wanted(state, rules, master)
    return DriftRow(
        exchange=key.exchange,
        symbol=key.symbol,
        product=key.product,
        wanted=wanted,
        copied=copied,
        observed=observed_units(state, key, book) if book and key.venue is Venue.LIVE else None,
        note=_note(state, master, book, wanted=wanted),
    )


def units_wanted(state: State, rules: FollowerRules, key: MasterKey) -> int:
    """Return what the master's net is worth to this follower, toward zero to whole lots, signed."""
    position = state.master.get(key)
    if position is None or not is_taken(rules, key):
        return 0
    wanted = exactly_wanted(state, rules, key)
    instrument = state.instruments.find(key.exchange, key.symbol)
    units = round_to_lots(int(size_of(wanted)), instrument.lot_size if instrument else 1)
    return units if wanted > 0 else -units


def exactly_wanted(state: State, rules: FollowerRules, key: MasterKey) -> Exact:
    """Return the master's net at this follower's multiplier, signed, before any rounding.

    Fixed lots, and ratios of funds that move all day, do not tell it from his net: there it is what each of
    his orders was worth when it was first seen, less what he has exited since. What was left out is not in it.
    """
    if rules.sizing is Sizing.MULTIPLIER:
        return exact(rules.ratio(key.exchange)) * followed(state, key)
    book = state.books.get(key, {}).get((state.venue, rules.name))
    return book.exact() if book is not None else 0


def is_taken(rules: FollowerRules, key: MasterKey) -> bool:
    """Return whether a follower's owner has this symbol copied."""
    if key.exchange not in rules.segments or not rules.ratio(key.exchange):
        return False
    return rules.allows(key.exchange, key.symbol)


def observed_units(state: State, key: Key, book: KeyBook) -> int | None:
    """Return the signed units that the broker's newest snapshot shows of the copied holding.

    The owner's own units are taken out; fills of ours that the snapshot may not have seen count
    either way, so that a fill on its way is not taken for a difference. None where not known.
    """
    account = state.account(key.follower)
    net = observed_net(state, held_key(book))
    if net is None or account.positions_at is None or account.positions_asked_at is None:
        return None
    children = [child for part in book.parts.values() for child in part.children]
    if not any(child.filled or child.state.is_unresolved for child in children) and not book.held:
        # None of it can be ours: the owner may have traded since our order was made.
        return 0
    shown = net - (book.own or 0)
    fills = [(at, child.side.sign * units) for child in children for at, units in child.fills]
    least = shown + sum(units for at, units in fills if at > account.positions_at)
    most = shown + sum(units for at, units in fills if at >= account.positions_asked_at)
    return book.held if book.held in (least, most) else least


def _note(state: State, master: MasterKey, book: KeyBook | None, *, wanted: int) -> str:
    """Return why the follower may differ, as far as the ledger knows; empty where it does not."""
    if book is None or not book.parts:
        return "held before it was copied" if state.openings.get(master) else ""
    return still_at_work(state, book) or why_apart(book, wanted=wanted)


def why_apart(book: KeyBook, *, wanted: int) -> str:
    """Return the recorded reason why more or less was copied than wanted; empty where there is none."""
    parts = list(book.parts.values())
    short = abs(wanted) > abs(book.held)
    reasons = (_reason(part, Leg.ENTRY if short else Leg.EXIT) for part in reversed(parts))
    return next((reason for reason in reasons if reason), "")


def still_at_work(state: State, book: KeyBook) -> str:
    """Return what of a ledger is on its way or in doubt, in a few words; empty where nothing is."""
    children = [child for part in book.parts.values() for child in part.children]
    unresolved = [child for child in children if child.state.is_unresolved]
    if unresolved:
        doubtful = unresolved[-1]
        order = state.master_order(doubtful.master_order_id)
        asked = order.number if order is not None else doubtful.master_order_id
        return f"outcome {doubtful.state.value}: /why {asked}"
    working = sum(child.outstanding for child in children)
    return f"{working} still working" if working else ""


def _reason(part: CopyPart, leg: Leg) -> str:
    """Return why a leg of a part came to less than it should; empty where it did not."""
    skip, children = part.skips.get(leg), part.of(leg)
    if skip is not None and not children:
        return f"{skip.reason.value}: {skip.detail}" if skip.detail else skip.reason.value
    return children[-1].reason if children else ""
