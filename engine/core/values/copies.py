"""The copies: a follower's part in a master order, and the ledger of a key.

Owned by the one writer, like the state they are part of, and changed only by ``fold.apply``.
"""

from collections.abc import Iterator
from datetime import datetime
from math import prod

from msgspec import Struct, field
from typing_extensions import override

from engine.core.values.child import Child
from engine.core.values.closings import Closing
from engine.core.values.copy_wishes import SyncWish
from engine.core.values.day_money import DayMoney
from engine.core.values.exact import Exact, divided
from engine.core.values.keys import Key, Leg
from engine.core.values.margins import MarginCheck
from engine.core.values.market import OrderId, Product
from engine.core.values.notices import SkipReason
from engine.core.values.sizing import exact_units


class Skip(Struct, frozen=True, kw_only=True, gc=False):
    """A recorded reason why a leg got no (further) order."""

    reason: SkipReason
    detail: str
    at: datetime


#: How far a part has followed the exits that its book notes: not what it is.
_OF_ITS_BOOK = frozenset({"_exits", "_round_trip", "_book"})


class CopyPart(Struct, kw_only=True, eq=False):
    """One follower's part in one master order.

    Attributes:
        ratio: Follower units per master unit, pinned at the first decision; where ``fixed``, units for the
            order as a whole.
        fixed: Whether the order is worth the same however large it is.
        basis: What the ratio was measured by, for people; empty where it is the plain multiplier.
        carry: Signed fraction of units owed from before, pinned at the first decision.
        opened_ratio: The ratio of its first decision, before it was sized anew; 0 where it had none.
        claimed: Units its exit fills claim, signed like the exit's side.
        gone: Claimed units that left by other hands, or by other exits, >= 0.
        given: Units its exits filled ahead of its own claim that met the claims of others, >= 0.
        entered: Units of the master's entry fills of it that were folded.
        out: Those of them that he had exited while its copy waited and more of it was to come, >= 0: they count for
            nothing here.
        met: Units that its entries lack again, >= 0: what they had filled ahead, or what was counted for them, met
            an exit of his instead.
        sync: What a person had entered; None for a part in an order of the master.
        asked_at: When a person asked for its entry; None where nobody had to.
        margin: What is known of the margin that was asked for its basket; None where it was not asked.
        most: Units its entries may come to in all; None where no limit was met. It stays for the order.

    What his exits take of all parts alike is noted once, in the book, and taken from a part when it is next
    looked at: taken from all at each exit, a day of n orders would cost n x n.
    """

    ratio: Exact
    carry: Exact
    opened_ratio: Exact = 0
    claimed: int = 0
    gone: int = 0
    given: int = 0
    entered: int = 0
    out: Exact = 0
    met: int = 0
    asked_at: datetime | None = None
    most: int | None = None
    skips: dict[Leg, Skip] = field(default_factory=dict)
    children: list[Child] = field(default_factory=list)
    sync: SyncWish | None = None
    fixed: bool = False
    basis: str = ""
    margin: MarginCheck | None = None
    _contribution: Exact = 0
    _kept: Exact = 1
    _exits: int = 0
    _round_trip: int = 0
    _book: "KeyBook | None" = None

    @property
    def contribution(self) -> Exact:
        """What the order adds to the exact wanted holding now, signed."""
        self._follow_exits()
        return self._contribution

    @contribution.setter
    def contribution(self, amount: Exact) -> None:
        self._follow_exits()
        if self._book is not None:
            self._book.owed += amount - self._contribution
        self._contribution = amount

    @property
    def kept(self) -> Exact:
        """Share of the units entered that he has not exited since, 0 to 1."""
        self._follow_exits()
        return self._kept

    @kept.setter
    def kept(self, share: Exact) -> None:
        self._follow_exits()
        self._kept = share

    def belong_to(self, book: "KeyBook", contribution: Exact) -> None:
        """Be shrunk by the exits that a ledger notes from now on, and add so much to what is wanted there."""
        self._book, self._exits, self._round_trip = book, len(book.keeps), book.round_trip
        if contribution != self._contribution:
            self.contribution = contribution

    def take_fill(self, contribution: Exact, *, entered: int) -> None:
        """Take in so many further entry units of the master's, > 0, and what the order adds from now on."""
        self.contribution = contribution
        if self._kept != 1:  # it follows his exits now
            before = self.entered - self.out
            self._kept = divided(self._kept * before + entered, before + entered)
        self.entered += entered

    __hash__ = None  # type: ignore[assignment]  # it is changed in place

    @override
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CopyPart):
            return NotImplemented
        return self._facts() == other._facts()

    def _facts(self) -> tuple[object, ...]:
        self._follow_exits()
        return tuple(
            getattr(self, name) for name in self.__struct_fields__ if name not in _OF_ITS_BOOK
        )

    def _follow_exits(self) -> None:
        """Take off what his exits took since this was last looked at."""
        book = self._book
        if book is None:
            return
        if self._exits == len(book.keeps) and self._round_trip == book.round_trip:
            return
        was_flat = self._round_trip != book.round_trip
        share = prod(book.keeps[self._exits :], start=0 if was_flat else 1)
        self._exits, self._round_trip = len(book.keeps), book.round_trip
        if self._contribution:
            self._contribution *= share
        if self.entered and self._kept:
            self._kept *= share

    def of(self, leg: Leg) -> list[Child]:
        """Return the children of one leg, oldest first, without those that were detached."""
        if not self.children:
            return []
        return [child for child in self.children if child.leg is leg and not child.detached]

    @property
    def is_new(self) -> bool:
        """Whether nothing has become of it here: no order, no reason against it, no word of a person, no limit."""
        asked = self.asked_at is not None or self.sync is not None or self.margin is not None
        return not (self.children or self.skips or asked or self.most is not None)

    def to_enter(self, units: int) -> int:
        """Return what its entries come to where so many units are wanted: with what met an exit, >= 0."""
        return self.at_most(units + self.met)

    def at_most(self, units: int) -> int:
        """Return units of an entry as far as a limit lets them, >= 0."""
        return units if self.most is None else min(units, self.most)

    def in_of(self, quantity: int) -> Exact:
        """Return how many of so many of the master's entry units are followed here, >= 0."""
        return max(0, quantity - self.out) if self.out else quantity

    def exact_of(self, entered: int) -> Exact:
        """Return what so many of the master's units are worth here, units >= 0: no more than a limit lets."""
        exact = exact_units(self.in_of(entered), ratio=self.ratio, fixed=self.fixed)
        return exact if self.most is None else min(exact, self.most)

    def kept_with(self, more: int) -> Exact:
        """Return the share that the master has not exited of his entry units, with so many further ones, 0 to 1."""
        if self.kept == 1:
            return self.kept
        before = self.entered - self.out
        return divided(self.kept * before + more, before + more)

    def worth_of_more(self, more: int) -> Exact:
        """Return what further entry units of the master's add to what is wanted, units >= 0.

        Until something of it has filled here, his share of the whole is wanted, as it is sized then: what he is
        out of again has used up nothing of what a limit, or fixed lots, come to. Once it has, it has.
        """
        after = self.exact_of(self.entered + more)
        if not self.entered and self.kept == 1:
            return after
        before = self.exact_of(self.entered)
        if self.filled(Leg.ENTRY):
            return after - before
        return after * self.kept_with(more) - before * self.kept

    def next_generation(self, leg: Leg) -> int:
        """Return the generation of the leg's next child; those that were detached keep their tags."""
        if not self.children:
            return 0
        return 1 + max((c.generation for c in self.children if c.leg is leg), default=-1)

    @property
    def unfilled_claim(self) -> int:
        """Units claimed that its own exits have not filled, >= 0."""
        if not self.claimed:
            return 0
        return max(0, abs(self.claimed) - self.gone - self.exited)

    @property
    def exited(self) -> int:
        """Units its exits filled for it: no cover bought or sold them back, no other claim was met by them, >= 0."""
        if not self.children:
            return 0
        return max(0, self.filled(Leg.EXIT) - self.filled(Leg.COVER) - self.given)

    @property
    def excess(self) -> int:
        """Units its own exits filled beyond its claim, and no cover is under way for, >= 0."""
        owed = abs(self.claimed) - self.gone + self.outstanding(Leg.COVER)
        return max(0, self.exited - owed)

    def filled(self, leg: Leg) -> int:
        """Return units filled over all children of a leg, >= 0."""
        if not self.children:
            return 0
        return sum(child.filled for child in self.of(leg))

    @property
    def kept_of_filled(self) -> Exact:
        """Signed units its entries filled, less what met an exit and the share the master has exited since."""
        filled = sum(child.side.sign * child.filled for child in self.of(Leg.ENTRY))
        sign = 1 if filled > 0 else -1
        return sign * max(0, abs(filled) - self.met) * self.kept

    def outstanding(self, leg: Leg) -> int:
        """Return units of a leg that may still fill, >= 0."""
        if not self.children:
            return 0
        return sum(child.outstanding for child in self.of(leg))


class KeyBook(Struct, kw_only=True):
    """The ledger of one key.

    Attributes:
        held: Signed units of our tagged fills.
        virtual: Signed units held if every exit child had filled what it was claimed for:
            entry fills plus claims. Claims are cut from this.
        left: Signed units of ``virtual`` that stand for no order of today: exits of an earlier day were to
            take them and did not, or an order of that day filled today. They count for no entry, and
            go with the exits that take them.
        claim_rest: Units that exits should have claimed but for whole lots. Below 0 where an exit of ours took
            units that entries of ours were still to fill for it.
        keeps: What each exit of the master has left, (1 - q/P), oldest first, in this round trip.
        round_trip: Times the master went flat.
        last_exit: The master's newest order with an exit fill.
        own: Signed units the follower held himself before our first fill; None if never read.
        own_before: The same as of yesterday; None if it was not known then.
        unproven: Whether it was held overnight and not compared with the account since.
        held_as: The product to which its owner converted what is held; None where he did not.
        money: What it has earned today.
        closings: What orders of the broker's or the exchange's own have closed of it today.
        active: Orders whose parts may still change by themselves; the planner looks at no others,
            so that a long day does not make a decision slower.
        owed: The sum of what the parts contribute, for the same reason.
        filled_at: When the newest fill of each order's children was learned, the newest last, for the same
            reason: see :meth:`filled_since`.
    """

    key: Key
    parts: dict[OrderId, CopyPart] = field(default_factory=dict)
    held: int = 0
    virtual: int = 0
    left: Exact = 0
    claim_rest: Exact = 0
    keeps: list[Exact] = field(default_factory=list)
    round_trip: int = 0
    last_exit: OrderId | None = None
    own: int | None = None
    own_before: int | None = None
    unproven: bool = False
    held_as: Product | None = None
    money: DayMoney = field(default_factory=DayMoney)
    closings: dict[OrderId, Closing] = field(default_factory=dict)
    active: dict[OrderId, None] = field(default_factory=dict)
    owed: Exact = 0
    filled_at: dict[OrderId, datetime] = field(default_factory=dict)

    def active_parts(self) -> list[tuple[OrderId, CopyPart]]:
        """Return the parts that may still change, oldest first."""
        return [(order_id, self.parts[order_id]) for order_id in self.active]

    @property
    def newest_fill(self) -> datetime | None:
        """When the newest fill of today's orders was learned; None before the first."""
        return next(reversed(self.filled_at.values()), None)

    def filled_since(self, at: datetime) -> Iterator[CopyPart]:
        """Yield the parts of which a fill may have been learned after a moment, and no others."""
        for order_id, when in reversed(self.filled_at.items()):
            if when <= at:
                return
            yield self.parts[order_id]

    def note_fill(self, order_id: OrderId, at: datetime) -> None:
        """Note that a fill of an order's child is learned, where it has a part."""
        if order_id not in self.parts:
            return
        newest = self.newest_fill
        self.filled_at.pop(order_id, None)
        # A clock that was put back must not hide the fills before it.
        self.filled_at[order_id] = at if newest is None else max(at, newest)

    def exact(self) -> Exact:
        """Return E, the exact wanted holding: a signed fraction of units."""
        return self.owed

    def put(self, order_id: OrderId, part: CopyPart, *, contribution: Exact) -> None:
        """Take a part in, in place of any of the same order; his exits count for it from here on."""
        former = self.parts.get(order_id)
        if former is not None:
            former.contribution = 0
            self.filled_at.pop(order_id, None)
        part.belong_to(self, contribution)
        self.parts[order_id] = part

    def take_exit(self, keep: Exact) -> None:
        """Leave of all that is wanted the share that an exit of his leaves, 0 to 1; 0: he is flat."""
        if keep == 0:
            self.begin_round_trip()
        else:
            self.keeps.append(keep)
        self.owed *= keep

    def begin_round_trip(self) -> None:
        """Take it that nothing is wanted any more of what was entered before."""
        self.round_trip += 1
        self.keeps.clear()

    def clear_parts(self) -> None:
        """Let go of all parts, and with them of all that is wanted."""
        self.parts.clear()
        self.filled_at.clear()
        self.owed = 0

    @property
    def counted(self) -> Exact:
        """The units that count for what entries owe: held, were all exits done that he has made."""
        return self.virtual - self.left

    def entries_outstanding(self) -> int:
        """Return signed units of entry children that may still fill."""
        return sum(
            child.side.sign * child.outstanding
            for _, part in self.active_parts()
            for child in part.of(Leg.ENTRY)
        )
