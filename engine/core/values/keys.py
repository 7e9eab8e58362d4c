"""The unit of thought: a key, and the names made from it."""

import hashlib
from datetime import date
from enum import StrEnum, unique
from functools import lru_cache

from msgspec import Struct

from engine.core.values.market import AccountName, OrderId, Product, Tag, Venue
from engine.core.values.orders import OrderRow, PositionRow

#: Every tag begins so; an order of ours is known by it in any book.
TAG_PREFIX = "KC"
#: Two characters of base32 for each ten bits (RFC 4648, section 6): a tag is made on the way to the
#: wire, and ``base64.b32encode`` is written in Python.
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PAIRS = tuple(first + second for first in _BASE32 for second in _BASE32)
#: Kite refuses a longer tag (Kite forum comment 52970).
TAG_LENGTH = 20


@unique
class Leg(StrEnum):
    """What a child does to the copied holding."""

    ENTRY = "entry"
    EXIT = "exit"
    COVER = "cover"  #: Undoes an overshoot: two exits of one holding that both filled.


class MasterKey(Struct, frozen=True, kw_only=True, cache_hash=True, gc=False):
    """What the master trades: one symbol under one product."""

    exchange: str
    symbol: str
    product: Product

    def of(self, venue: Venue, follower: AccountName) -> "Key":
        """Return a follower's side of it at a venue."""
        return Key(
            venue=venue,
            follower=follower,
            exchange=self.exchange,
            symbol=self.symbol,
            product=self.product,
        )


def row_key(row: OrderRow | PositionRow) -> MasterKey:
    """Return the key that a row itself names."""
    return _master_key(row.exchange, row.symbol, row.product)


class Key(Struct, frozen=True, kw_only=True, cache_hash=True, gc=False):
    """One follower's side of a :class:`MasterKey` at one venue."""

    venue: Venue
    follower: AccountName
    exchange: str
    symbol: str
    product: Product

    @property
    def master(self) -> MasterKey:
        """The master's side of this key."""
        return _master_key(self.exchange, self.symbol, self.product)


@lru_cache(maxsize=4096)
def _master_key(exchange: str, symbol: str, product: Product) -> MasterKey:
    """Return the same object each time it is asked for, whose hash is known: it is asked for all the time."""
    return MasterKey(exchange=exchange, symbol=symbol, product=product)


class ChildId(Struct, frozen=True, kw_only=True, gc=False):
    """Everything that makes a child the one it is.

    ``copied_as`` tells copies that an order exits besides those of its own key, by their product (and
    exchange, where it is another): the master converted, they were not.
    """

    trading_day: date
    venue: Venue
    follower: AccountName
    master_order_id: OrderId
    leg: Leg
    generation: int
    slice: int = 0
    attempt: int = 0
    copied_as: str | None = None


def make_tag(install_id: str, child: ChildId) -> Tag:
    """Return the tag of a child: the same inputs give the same tag, for ever.

    Args:
        install_id: Two characters that tell our installation from another on the same account.
        child: The child's identity.

    Returns:
        20 characters: ``KC``, the install id, 16 base32 characters (80 bits) of a SHA-256.

    Raises:
        ValueError: The install id is not two alphanumeric characters; the store is at fault.
    """
    before, after = around_follower(child)
    return tag_of(install_id, before, child.follower, after)


def around_follower(child: ChildId) -> tuple[str, str]:
    """Return what stands before and after the follower in what a tag is a hash of: all of a child but him."""
    after = f"|{child.master_order_id}|{child.leg}|{child.generation}|{child.slice}|{child.attempt}"
    if child.copied_as:
        after += f"|{child.copied_as}"
    return f"{child.trading_day.isoformat()}|{child.venue}|", after


def tag_of(install_id: str, before: str, follower: AccountName, after: str) -> Tag:
    """Return a child's tag, as :func:`make_tag` does, of what :func:`around_follower` says.

    Children of all followers differ in him only, and every follower after the first waits for each microsecond
    of this.
    """
    if len(install_id) != 2 or not install_id.isalnum():
        raise ValueError("the install id is two alphanumeric characters")
    # Ten bytes are the 16 characters that are left of it.
    digest = hashlib.sha256(f"{before}{follower}{after}".encode()).digest()
    bits = int.from_bytes(digest[:10])
    # Written out: a loop over the eight pairs takes twice as long.
    return Tag(
        f"{TAG_PREFIX}{install_id}{_PAIRS[bits >> 70]}{_PAIRS[bits >> 60 & 1023]}{_PAIRS[bits >> 50 & 1023]}"
        f"{_PAIRS[bits >> 40 & 1023]}{_PAIRS[bits >> 30 & 1023]}{_PAIRS[bits >> 20 & 1023]}"
        f"{_PAIRS[bits >> 10 & 1023]}{_PAIRS[bits & 1023]}"
    )


def is_ours(tag: str | None, install_id: str) -> bool:
    """Return whether a tag was made by this installation."""
    return tag is not None and tag.startswith(TAG_PREFIX + install_id) and len(tag) == TAG_LENGTH


def copier_of(row: OrderRow) -> str | None:
    """Return the two letters of the installation that placed an order, ours or another; None where a person did."""
    for tag in (row.tag, *row.tags):
        if tag is not None and tag.startswith(TAG_PREFIX) and len(tag) == TAG_LENGTH:
            return tag[len(TAG_PREFIX) : len(TAG_PREFIX) + 2]
    return None


def is_copy_topic(topic: str) -> bool:
    """Return whether a topic is of a master order's card."""
    return topic.startswith("copy:")


def copy_topic(venue: Venue, master_order_id: OrderId) -> str:
    """Return the topic under which one master order's card is told."""
    return f"copy:{venue}:{master_order_id}"
