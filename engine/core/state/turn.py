"""One turn of the decider: records applied as they are made, and what is to be done after them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field

from engine.core.state.fold import apply
from engine.core.state.state import State
from engine.core.values import records as r
from engine.core.values.calendar import EntryTimes
from engine.core.values.child import Child
from engine.core.values.commands import Cancel, Command, Place
from engine.core.values.control import Reply
from engine.core.values.copies import KeyBook
from engine.core.values.events import Allowance
from engine.core.values.intents import IntentState
from engine.core.values.keys import TAG_LENGTH, Key, MasterKey, copy_topic
from engine.core.values.margins import MarginQuestion
from engine.core.values.market import AccountName, OrderId, OrderType, Product, Tag, Venue
from engine.core.values.notices import Notice, NoticeKind, Severity, SkipReason
from engine.core.values.offers import Offer, Question, Settlement, a_note

#: When what did not fit the budget is decided anew.
BUDGET_TICK = timedelta(milliseconds=100)
#: Skips that are no part of a copy's story: nothing was to be copied.
SILENT_SKIPS = frozenset({SkipReason.NOT_COPYING, SkipReason.BEFORE_START})


class Decision(Struct, frozen=True, kw_only=True):
    """What a turn came to.

    Attributes:
        records: For the journal, in order; already applied to the state.
        sends: For the lanes, to leave only after the records are durable.
        notices: For the outbox; cards may repeat a topic.
        questions: For the broker, about margins; nothing but their two legs waits for the answer.
        reads: Accounts whose order book is to be read now.
        reply: The answer to a person's request.
        faults: Bugs of ours that parked a key, for the log.
    """

    records: tuple[r.Record, ...]
    sends: tuple[Command, ...] = ()
    notices: tuple[Notice, ...] = ()
    reads: frozenset[AccountName] = frozenset()
    questions: tuple[MarginQuestion, ...] = ()
    reply: Reply | None = None
    faults: tuple[Exception, ...] = ()


class Turn(Struct):
    """The accumulator of one decision; lives for one call of ``decide``.

    Attributes:
        planned: Children that this turn has planned.
        scaled: Ledgers in which this turn has sized an order anew.
        entry_times: When an exchange takes entries, by instrument, product, type and order of the master: the
            same for every follower in this turn.
    """

    state: State
    at: datetime
    allowances: Mapping[AccountName, Allowance]
    records: list[r.Record] = field(default_factory=list)
    sends: list[Command] = field(default_factory=list)
    reads: set[AccountName] = field(default_factory=set)
    questions: list[MarginQuestion] = field(default_factory=list)
    alerts: list[Notice] = field(default_factory=list)
    cards: dict[str, tuple[Venue, OrderId]] = field(default_factory=dict)
    dirty: dict[MasterKey, dict[AccountName, None] | None] = field(default_factory=dict)
    used: dict[AccountName, list[int]] = field(default_factory=dict)
    reply: Reply | None = None
    faults: list[Exception] = field(default_factory=list)
    planned: set[Tag] = field(default_factory=set)
    scaled: set[Key] = field(default_factory=set)
    entry_times: dict[tuple[str, Product, OrderType, OrderId], EntryTimes] = field(
        default_factory=dict
    )

    def emit(self, record: r.Record) -> None:
        """Apply a record and keep it for the journal."""
        apply(self.state, record)
        self.records.append(record)
        if type(record) is r.PartScaled:  # of a struct, isinstance takes 0.2 us to say no
            self.scaled.add(record.key)

    def emit_all(self, records: Iterable[r.Record]) -> None:
        """Apply and keep records one after the other, each before the next is made."""
        for record in records:
            self.emit(record)

    def touch(self, key: MasterKey | Key) -> None:
        """Have a key planned anew at the end of the turn: for one follower, or for all of them.

        Nothing that is planned for a follower looks at another's ledger. What all of them look at
        (the master's orders, instruments, lessons, freezes) touches the master's key.
        """
        if isinstance(key, MasterKey):
            self.dirty[key] = None
            return
        followers = self.dirty.setdefault(key.master, {})
        if followers is not None:
            followers[key.follower] = None

    def touched_books(self, key: MasterKey) -> list[KeyBook]:
        """Return the ledgers of a touched key that are to be planned, at every venue."""
        books, followers = self.state.books.get(key, {}), self.dirty[key]
        if followers is None:
            return list(books.values())
        ledgers = (books.get((venue, follower)) for follower in followers for venue in Venue)
        return [book for book in ledgers if book is not None]

    def wake(self, key: MasterKey | Key, at: datetime) -> None:
        """Have a key touched at this time, however quiet it is; the earliest wish counts."""
        known = self.state.wakes.get(key)
        self.state.wakes[key] = at if known is None else min(known, at)

    def card(self, venue: Venue, order_id: OrderId) -> None:
        """Have the card of a master order drawn anew; paper exits left behind in LIVE have none."""
        if venue is Venue.PAPER and self.state.venue is Venue.LIVE:
            return
        self.cards[copy_topic(venue, order_id)] = (venue, order_id)

    def child_card(self, child: Child) -> None:
        """Have the card of a child's master order drawn anew."""
        self.card(child.key.venue, child.master_order_id)

    def tell(
        self,
        severity: Severity,
        text: str,
        *,
        topic: str,
        child: Child | None = None,
        needs_human: bool = False,
        question: Question | None = None,
    ) -> None:
        """Raise an alert: a message of its own, with buttons where something is asked.

        Args:
            severity: How loud.
            text: Plain lines.
            topic: What it belongs to.
            child: The child it is about.
            needs_human: Whether it stays open until someone settles it.
            question: What people may choose; a matter that is open already is not asked twice.
        """
        if question is None and (needs_human or severity is Severity.CRITICAL):
            # What is critical is to be acknowledged: see `chat/escalation.py`.
            question = a_note()
        offer_id = self.state.next_notice
        asked = question is not None and not self.is_asked(question)
        if question is not None and asked:
            self.emit(r.OfferOpened(offer_id=offer_id, question=question, at=self.at))
        notice = Notice(
            notice_id=offer_id,
            at=self.at,
            venue=child.key.venue if child else self.state.venue,
            kind=NoticeKind.ALERT,
            severity=severity,
            topic=topic,
            text=text,
            follower=child.key.follower if child else None,
            master_order_id=child.master_order_id if child else None,
            needs_human=needs_human,
            offer=offer_id if asked else None,
        )
        self.emit(r.NoticeRaised(notice=notice))
        self.alerts.append(notice)

    def is_asked(self, question: Question) -> bool:
        """Return whether people are being asked about this matter already, also since a restart."""
        return any(
            offer.question.is_about_same(question) for offer in self.state.open_offers.values()
        )

    def settle(self, offer: Offer, settlement: Settlement) -> None:
        """End an offer, and have its messages drawn anew without buttons."""
        self.emit(
            r.OfferSettled(
                offer_id=offer.offer_id,
                settlement=settlement,
                key=offer.question.key,
                order_id=offer.question.order_id,
            )
        )
        notice = Notice(
            notice_id=self.state.next_notice,
            at=self.at,
            venue=offer.notice.venue if offer.notice else self.state.venue,
            kind=NoticeKind.OFFER,
            severity=Severity.INFO,
            topic=f"offer:{offer.offer_id}",
            offer=offer.offer_id,
        )
        self.emit(r.NoticeRaised(notice=notice))
        self.alerts.append(notice)

    def tell_once(
        self,
        severity: Severity,
        text: str,
        *,
        topic: str,
        mark: str,
        needs_human: bool = False,
        question: Question | None = None,
    ) -> None:
        """Raise an alert unless one with this mark was raised and not cleared since."""
        if mark not in self.state.told:
            self.state.told.add(mark)
            self.tell(severity, text, topic=topic, needs_human=needs_human, question=question)

    def may_send(self, follower: AccountName, *, entry: bool) -> bool:
        """Take one write out of an account's allowance; False where it is spent.

        Venues without a broker's limits (paper) give no allowance and are never bounded.
        """
        try:
            allowance = self.allowances[follower]
        except KeyError:
            return True
        used = self.used.setdefault(follower, [0, 0])
        spent = used[0] + used[1]
        if spent >= allowance.total or (entry and spent >= allowance.entries):
            return False
        used[0 if entry else 1] += 1
        return True

    def finish(self) -> Decision:
        """Return what the turn came to; cards become notices."""
        notices = list(self.alerts)
        for topic, (venue, order_id) in self.cards.items():
            notices.append(
                Notice(
                    notice_id=self.state.next_notice,
                    at=self.at,
                    venue=venue,
                    kind=NoticeKind.CARD,
                    severity=Severity.INFO,
                    topic=topic,
                    master_order_id=order_id,
                )
            )
            self.emit(r.NoticeRaised(notice=notices[-1]))
        return Decision(
            records=tuple(self.records),
            sends=tuple(self.sends),
            notices=tuple(notices),
            reads=frozenset(self.reads),
            questions=tuple(self.questions),
            reply=self.reply,
            faults=tuple(self.faults),
        )

    def send_places(self, commands: Sequence[Place]) -> None:
        """Journal placements as SENDING and hand them to their lanes."""
        if commands:
            self.emit(r.ChildrenSent(tags=tuple([each.tag for each in commands]), at=self.at))
            self.sends += commands

    def send_cancel(self, child: Child, order_id: OrderId) -> None:
        """Journal a cancel as SENDING and hand it to its lane."""
        times = child.cancel.times + 1 if child.cancel else 1
        intent_id = f"{child.tag}x{times}"
        self.emit(
            r.CancelMoved(
                tag=child.tag,
                intent_id=intent_id,
                state=IntentState.SENDING,
                at=self.at,
                book_version=self.state.account(child.key.follower).book_version,
                times=times,
            )
        )
        self.sends.append(
            Cancel(
                intent_id=intent_id,
                venue=child.key.venue,
                follower=child.key.follower,
                mode_epoch=self.state.mode_epoch,
                order_id=order_id,
                variety=child.command.variety,
            )
        )


def topic_of(follower: AccountName) -> str:
    """Return the topic under which an account's own notices are told."""
    return f"account:{follower}"


def child_tag(intent_id: str) -> Tag:
    """Return the tag of the child that an intent id (placement, change or cancel) is about."""
    return Tag(intent_id[:TAG_LENGTH])
