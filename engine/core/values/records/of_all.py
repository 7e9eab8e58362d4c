"""What one order of the master comes to for all followers at once: one record, not one each.

A record costs some ten microseconds between a decision and its sending (encoding, a row, its hash), and a
master's order would else write four for every follower. :func:`singles` tells what such a record says of
each; journals of before hold those records themselves.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from engine.core.values.intents import IntentState
from engine.core.values.keys import MasterKey
from engine.core.values.market import AccountName, OrderId, Tag, Venue
from engine.core.values.records.of_child import IntentMoved
from engine.core.values.records.of_ledger import Contributed, ExitFolded, PartOpened


class OpenedPart(Struct, frozen=True, gc=False, array_like=True):
    """One follower's part that began; the fields are those of a ``PartOpened``."""

    venue: Venue
    follower: AccountName
    ratio: str
    carry: str
    own: int | None = None
    fixed: bool = False
    basis: str = ""


class PartsOpened(Struct, frozen=True, kw_only=True, gc=False):
    """Followers' parts in a master order began; ratio and carry are pinned from here."""

    key: MasterKey
    order_id: OrderId
    parts: tuple[OpenedPart, ...]


class Contribution(Struct, frozen=True, gc=False, array_like=True):
    """What an order now adds to one follower's exact wanted holding, as text."""

    venue: Venue
    follower: AccountName
    amount: str


class AllContributed(Struct, frozen=True, kw_only=True, gc=False):
    """What an entry fill of the master's adds to the exact wanted holdings; ``entered``: units of it, > 0."""

    key: MasterKey
    order_id: OrderId
    entered: int
    amounts: tuple[Contribution, ...]


class FoldedExit(Struct, frozen=True, gc=False, array_like=True):
    """What an exit of the master claims of one follower's ledger: signed units, and what stays owed."""

    venue: Venue
    follower: AccountName
    claim: int
    rest: str = "0"


class ExitsFolded(Struct, frozen=True, kw_only=True, gc=False):
    """A master exit: contributions shrink by ``keep``, 1 - q/P; 0 means he is flat and a round trip ends."""

    key: MasterKey
    order_id: OrderId
    keep: str
    exits: tuple[FoldedExit, ...]


class ChildrenSent(Struct, frozen=True, kw_only=True, gc=False):
    """Placements are on their way: SENDING from here, and UNKNOWN where no answer is known of one."""

    tags: tuple[Tag, ...]
    at: datetime


OfAll = PartsOpened | AllContributed | ExitsFolded | ChildrenSent


def singles(record: OfAll) -> Iterator[PartOpened | Contributed | ExitFolded | IntentMoved]:
    """Yield what a record says of each follower, as the records of one follower say it."""
    match record:
        case PartsOpened(key=key, order_id=order_id):
            for part in record.parts:
                yield PartOpened(
                    key=key.of(part.venue, part.follower),
                    order_id=order_id,
                    ratio=part.ratio,
                    carry=part.carry,
                    own=part.own,
                    fixed=part.fixed,
                    basis=part.basis,
                )
        case AllContributed(key=key, order_id=order_id, entered=entered):
            for each in record.amounts:
                at = key.of(each.venue, each.follower)
                yield Contributed(key=at, order_id=order_id, amount=each.amount, entered=entered)
        case ExitsFolded(key=key, order_id=order_id, keep=keep):
            for taken in record.exits:
                yield ExitFolded(
                    key=key.of(taken.venue, taken.follower),
                    order_id=order_id,
                    keep=keep,
                    claim=taken.claim,
                    rest=taken.rest,
                )
        case ChildrenSent(tags=tags, at=sent_at):
            for tag in tags:
                yield IntentMoved(tag=tag, state=IntentState.SENDING, at=sent_at)
