"""What waits to be said, and in which order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, unique

from bot.chat.message import Message
from engine.core.values.market import AccountName
from engine.core.values.notices import Notice
from engine.core.values.people import Role


@unique
class Rank(IntEnum):
    """Who goes first."""

    REPLY = 0  #: Answers to people, and edits and deletions that belong to them.
    CRITICAL = 1  #: Alerts that cannot wait.
    ERROR = 2  #: Alerts of severity error.
    ALERT = 3  #: Other alerts.
    CARD = 4  #: Copies of orders, drawn when their turn comes.


#: A role, and the account of a follower.
Standing = tuple[Role, AccountName | None]
#: So often newer posts may go before an older one; then it has its turn, whatever its rank.
MOST_OVERTAKEN = 10


@dataclass(slots=True, eq=False)
class Deletion:
    """How deleting a person's message ended; None until it was tried."""

    done: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Send a new message; ``deletion`` adds a line on how that ended."""

    message: Message
    deletion: Deletion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Send a notice as a new message; it is put into words when its turn comes."""

    notice: Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Replace a message; say it anew where it is gone, unless it only keeps a card up to date."""

    message_id: int
    message: Message
    keeps_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase:
    """Delete a message."""

    message_id: int
    deletion: Deletion


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Take the buttons off a message and leave its words."""

    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Redraw:
    """Draw the message of an offer anew: it has ended, its buttons go."""

    notice: Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Draw the newest state of one master order. ``notices`` are those it covers, oldest first."""

    notices: tuple[Notice, ...]

    @property
    def newest(self) -> Notice:
        """The notice whose order is drawn."""
        return self.notices[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """Show a picture with its text below; where Telegram will not have the picture, say the text.

    Attributes:
        png: The picture.
        caption: What it says, short enough to stand below it.
        rest: What is too long for that, said after it.
        instead: What is said where the picture cannot be shown; the caption and the rest if empty.
        message_id: The message whose picture and text this one replaces; None for a new message.
    """

    png: bytes
    caption: Message
    rest: tuple[Message, ...] = ()
    instead: tuple[Message, ...] = ()
    message_id: int | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Post:
    """One thing that waits to be said in one chat.

    Attributes:
        at: When it happened; tells how late it is delivered.
        ready_at: Loop seconds before which it is not sent.
        parts_sent: Parts of a long message that have been delivered.
        may_repeat: Whether an attempt may have been delivered after all.
        overtaken: How many newer posts have gone before it.
        tries: How often it failed; only pictures are given up for it.
        standing: What the person was when it was written; it is not said to him as anything else.
    """

    rank: Rank
    chat_id: int
    at: datetime
    what: Say | Alert | Redraw | Edit | Strip | Erase | Card | Photo
    ready_at: float = 0.0
    parts_sent: int = 0
    may_repeat: bool = False
    order: int = 0
    overtaken: int = 0
    tries: int = 0
    standing: Standing | None = None

    @property
    def topic(self) -> tuple[int, str] | None:
        """Chat and topic of an alert, else None."""
        return (self.chat_id, self.what.notice.topic) if isinstance(self.what, Alert) else None

    @property
    def replaced(self) -> tuple[int, int] | None:
        """Chat and message that it puts something else in the place of, else None."""
        if isinstance(self.what, Edit | Photo) and self.what.message_id is not None:
            return self.chat_id, self.what.message_id
        return None


def _keeps_up(post: Post) -> bool:
    """Return whether it would only keep a card up to date: what a person asked for goes before it."""
    return isinstance(post.what, Edit) and post.what.keeps_up


@dataclass(slots=True)
class PostQueue:
    """Posts by rank, then by age; of one topic alerts keep their order, and nothing waits for ever.

    Cards of one topic coalesce, and edits of one message; only cards are ever dropped.

    Attributes:
        max_cards: Cards kept per chat; above that the oldest goes and is counted in ``dropped``.
    """

    max_cards: int = 200
    dropped: dict[int, int] = field(default_factory=dict)
    _posts: list[Post] = field(default_factory=list)
    _held: dict[int, float] = field(default_factory=dict)
    _paused_until: float = 0.0
    _added: int = 0

    def __len__(self) -> int:
        return len(self._posts)

    @property
    def oldest_at(self) -> datetime | None:
        """When what the oldest post tells happened; None where nothing waits."""
        return min((post.at for post in self._posts), default=None)

    def add(self, post: Post) -> None:
        """Take a post in; a card joins the one that waits for its topic, an edit replaces one."""
        if isinstance(post.what, Card) and self._joined(post, post.what):
            return
        older = self._edit_for(post)
        if older is not None:
            if not _keeps_up(post):
                older.what, older.at = post.what, post.at
                older.rank = min(older.rank, post.rank)
            return
        self._added += 1
        post.order = self._added
        self._posts.append(post)
        if post.rank is Rank.CARD:
            self._drop_oldest_card(post.chat_id)

    def put_back(self, post: Post) -> None:
        """Take a post that could not be delivered back to its old place."""
        if isinstance(post.what, Card):
            newer = self._card_for(post)
            if newer is not None and isinstance(newer.what, Card):
                newer.what = Card(notices=post.what.notices + newer.what.notices)
                newer.at = post.at
                return
        if self._edit_for(post) is not None:
            return  # a newer one says what the message is to say
        self._posts.append(post)

    def take(self, now: float) -> Post | None:
        """Remove and return the first post that may be sent now (loop seconds), if any."""
        ready = [post for post in self._posts if self._ready_at(post) <= now]
        if not ready:
            return None
        first = self._patient(ready) or min(ready, key=self._place(self._ranks_of_topics()))
        self._posts.remove(first)
        for other in ready:
            if other.chat_id == first.chat_id and other.order < first.order:
                other.overtaken += 1
        return first

    def wait(self, now: float) -> float | None:
        """Return seconds until a post may be sent; None when none waits."""
        if not self._posts:
            return None
        return max(0.0, min(self._ready_at(post) for post in self._posts) - now)

    def _patient(self, ready: list[Post]) -> Post | None:
        """Return the oldest post that has been overtaken often enough; then all count anew."""
        waited = [post for post in ready if post.overtaken >= MOST_OVERTAKEN]
        if not waited:
            return None
        oldest = min(waited, key=lambda post: post.order)
        for post in self._posts:
            if post.chat_id == oldest.chat_id:
                post.overtaken = 0
        # Of its topic nothing older may be left behind.
        return min(
            (post for post in ready if post.topic == oldest.topic and post.topic is not None),
            key=lambda post: post.order,
            default=oldest,
        )

    def _ranks_of_topics(self) -> dict[tuple[int, str], Rank]:
        """Return the best rank that waits of each topic: it takes what came before it along."""
        ranks: dict[tuple[int, str], Rank] = {}
        for post in self._posts:
            if post.topic is not None:
                ranks[post.topic] = min(post.rank, ranks.get(post.topic, post.rank))
        return ranks

    @staticmethod
    def _place(ranks: dict[tuple[int, str], Rank]) -> Callable[[Post], tuple[Rank, int]]:
        def place(post: Post) -> tuple[Rank, int]:
            rank = post.rank if post.topic is None else ranks[post.topic]
            return rank, post.order

        return place

    def hold(self, chat_id: int, until: float) -> None:
        """Send nothing to this chat before ``until`` (flood wait)."""
        self._held[chat_id] = until

    def release(self, chat_id: int) -> None:
        """Send to this chat again."""
        self._held.pop(chat_id, None)

    def pause(self, until: float) -> None:
        """Send nothing at all before ``until`` (Telegram is not reached)."""
        self._paused_until = until

    def _ready_at(self, post: Post) -> float:
        return max(post.ready_at, self._held.get(post.chat_id, 0.0), self._paused_until)

    def _card_for(self, post: Post) -> Post | None:
        if not isinstance(post.what, Card):
            return None
        topic = post.what.newest.topic
        for other in self._posts:
            same_chat = other.chat_id == post.chat_id
            if same_chat and isinstance(other.what, Card) and other.what.newest.topic == topic:
                return other
        return None

    def _edit_for(self, post: Post) -> Post | None:
        """Return the edit of the same message that waits, if any."""
        if post.replaced is None:
            return None
        return next((other for other in self._posts if other.replaced == post.replaced), None)

    def _joined(self, post: Post, card: Card) -> bool:
        waiting = self._card_for(post)
        if waiting is None or not isinstance(waiting.what, Card):
            return False
        waiting.what = Card(notices=waiting.what.notices + card.notices)
        return True

    def _drop_oldest_card(self, chat_id: int) -> None:
        cards = [p for p in self._posts if p.rank is Rank.CARD and p.chat_id == chat_id]
        if len(cards) > self.max_cards:
            self._posts.remove(min(cards, key=lambda post: post.order))
            self.dropped[chat_id] = self.dropped.get(chat_id, 0) + 1
