"""The story of one order or one operation, told from the journal: what was seen, decided and said."""

import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum, unique

from msgspec import Struct

from engine.core.chat.phrases import wish
from engine.core.chat.plain_sentences import Sentence, asking
from engine.core.chat.sentences import Narrator
from engine.core.values import records as r
from engine.core.values.events import Asked, Event
from engine.core.values.keys import Key, copy_topic
from engine.core.values.market import AccountName, OrderId, Tag, Venue
from engine.core.values.notices import Notice
from engine.core.values.records import Record


@unique
class Subject(StrEnum):
    """What a story is about."""

    MASTER_ORDER = "master order"
    FOLLOWER_ORDER = "follower order"
    OPERATION = "operation"


class StoryLine(Struct, frozen=True, kw_only=True, gc=False):
    """One thing that happened.

    Attributes:
        at: When the program learned or decided it, aware IST.
        who: The account it is about, or whoever asked; empty where it is about the program.
        text: One plain sentence.
    """

    at: datetime
    who: str
    text: str


class Story(Struct, frozen=True, kw_only=True, gc=False):
    """Everything the journal knows of one subject, oldest first.

    Attributes:
        asked: What was asked for, as the person wrote it.
        subject: What it turned out to be.
        title: One line that names it.
    """

    asked: str
    subject: Subject
    title: str
    lines: tuple[StoryLine, ...]

    def only(self, who: str) -> tuple[StoryLine, ...]:
        """Return the lines about one account, with the master's and the program's own."""
        return tuple(line for line in self.lines if line.who in (who, "master", ""))


class Step(Struct, frozen=True, kw_only=True, gc=False):
    """One event of the journal with what was decided on it."""

    event: Event
    records: tuple[Record, ...]


class ChildRef(Struct, frozen=True, kw_only=True, gc=False):
    """Which follower order is meant, where a story is about one of them."""

    tag: Tag
    venue: Venue
    follower: AccountName


def tell_order(
    asked: str, order_id: OrderId, steps: Iterable[Step], *, child: ChildRef | None = None
) -> Story:
    """Tell the story of a master order, or of one follower's order made for it.

    Args:
        asked: What the person wrote.
        order_id: The master order.
        steps: Every event that speaks of it, oldest first.
        child: The follower order; None tells of all followers.
    """
    narrator = Narrator()
    lines: list[StoryLine] = []
    title = f"master order {order_id}"
    known: set[Tag] = set()
    for step in steps:
        said: list[Sentence] = []
        for record in r.each_of(step.records):
            if isinstance(record, r.MasterSeen) and record.sighting.row.order_id == order_id:
                title = f"master order {order_id}: {wish(record.sighting.row)}"
            if isinstance(record, r.ChildPlanned) and record.order_id == order_id:
                known.add(record.command.tag)
            sentence = narrator.tell(step.event, record)
            if sentence is not None and _belongs(record, order_id, known, child):
                said.append(sentence)
        lines += _lines(step, said)
    subject = Subject.MASTER_ORDER
    if child is not None:
        subject = Subject.FOLLOWER_ORDER
        title = f"{narrator.child_title(child.tag) or child.tag} for {title}"
    return Story(asked=asked, subject=subject, title=title, lines=tuple(lines))


def tell_operation(asked: str, op: str, steps: Iterable[Step]) -> Story:
    """Tell what a person asked for and everything that was decided on it at once.

    Op ids are short: where one came up more than once, each is told.
    """
    narrator = Narrator()
    lines: list[StoryLine] = []
    for step in steps:
        said = [narrator.tell(step.event, record) for record in r.each_of(step.records)]
        lines += _lines(step, [one for one in said if one is not None])
    return Story(
        asked=asked, subject=Subject.OPERATION, title=f"operation {op}", lines=tuple(lines)
    )


def _lines(step: Step, said: list[Sentence]) -> list[StoryLine]:
    if not said:
        return []
    if isinstance(step.event, Asked):
        said = [asking(step.event), *said]
    return [StoryLine(at=step.event.at, who=one.who, text=one.text) for one in said]


def _belongs(record: Record, order_id: OrderId, known: set[Tag], child: ChildRef | None) -> bool:
    """Whether a record is part of the order's story, or of the one child's that is meant."""
    if isinstance(record, r.MasterSeen):
        return record.sighting.row.order_id == order_id
    if isinstance(record, r.NoticeRaised):
        return _tells_of(record.notice, order_id, child)
    if isinstance(record, r.ChildPlanned):
        return record.order_id == order_id and child in (None, _ref_of(record))
    tag = getattr(record, "tag", None)
    if isinstance(tag, str):
        return tag in known if child is None else tag == child.tag
    key = getattr(record, "key", None)
    mine = child is None or not isinstance(key, Key) or _is_of(key, child)
    return getattr(record, "order_id", None) == order_id and mine


def _tells_of(notice: Notice, order_id: OrderId, child: ChildRef | None) -> bool:
    topics = {copy_topic(venue, order_id) for venue in Venue}
    if notice.master_order_id != order_id and notice.topic not in topics:
        return False
    if child is None or notice.follower == child.follower:
        return True
    # A whole word: the son is not meant by every person.
    named = re.search(rf"\b{re.escape(child.follower)}\b", notice.text)
    return notice.follower is None and named is not None


def _ref_of(record: r.ChildPlanned) -> ChildRef:
    command = record.command
    return ChildRef(tag=command.tag, venue=command.venue, follower=command.follower)


def _is_of(key: Key, child: ChildRef) -> bool:
    return (key.venue, key.follower) == (child.venue, child.follower)
