"""An offer: a question put to people under a notice, with a short list of answers to choose from.

Values only. How one is opened: ``Turn.tell``. What a choice does: ``offer_choices.py``. When it is
settled without one: ``offer_moot.py``.
"""

from datetime import datetime
from enum import StrEnum, unique

from msgspec import Struct, field

from engine.core.values.keys import Key
from engine.core.values.market import AccountName, OrderId, Tag, Venue
from engine.core.values.notices import Notice


@unique
class OfferKind(StrEnum):
    """What a question is about."""

    UNKNOWN = "unknown"  #: Whether an order without an answer exists.
    ENTRY = "entry"  #: An entry that was missed, refused or never arrived.
    APPROVAL = "approval"  #: An entry that its follower's owner wants to be asked about first.
    EXIT = "exit"  #: An exit that was refused for good or never arrived.
    STUCK = "stuck"  #: An exit that works at the broker and does not fill.
    ORPHAN = "orphan"  #: A copied holding left while the master is flat.
    LOGIN = "login"  #: A session that has ended.
    LOGINS = "logins"  #: Several sessions that are needed soon; ends once all are there.
    SETTINGS = "settings"  #: What a file that was read again makes looser.
    CLOCK = "clock"  #: That this machine's clock is wrong; ends by itself when it is right.
    PAUSED = "paused"  #: That the broker takes no orders of an account; ends with its /resume.
    UNSENT = "unsent"  #: That an exit waits for a login; ends by itself with that.
    NOTE = "note"  #: Something to look at in Kite; nothing can be done from here.


@unique
class Verb(StrEnum):
    """What a choice does."""

    ADOPT = "adopt"  #: The order is in Kite: follow it.
    ABSENT = "absent"  #: The order is not in Kite.
    COPY = "copy"  #: Send the entry, after every gate has been asked again.
    SEND = "send"  #: Send the exit again.
    REPRICE = "reprice"  #: Take the exit up its ladder once more.
    CLOSE = "close"  #: Close the holding.
    KEEP = "keep"  #: Hand the holding back to its owner.
    LEAVE = "leave"  #: Do nothing.
    SEEN = "seen"  #: A person has looked at it.
    APPLY = "apply"  #: Have what waits of the settings count.
    PRICE = "price"  #: Tell the price of now; settles nothing.


class Choice(Struct, frozen=True, kw_only=True, gc=False):
    """One answer; ``label`` is what its button says, ``order_id`` the broker's order it is about."""

    verb: Verb
    label: str
    order_id: OrderId | None = None


class Question(Struct, frozen=True, kw_only=True, gc=False):
    """What is asked.

    Attributes:
        key: The ledger it is about, if any.
        order_id: The master's order it is about.
        tag: The child it is about.
        account: The account it is about, where there is no key.
        others: Further orders of the master that the same answer is for: slices of one entry.
    """

    kind: OfferKind
    choices: tuple[Choice, ...]
    key: Key | None = None
    order_id: OrderId | None = None
    tag: Tag | None = None
    account: AccountName | None = None
    others: tuple[OrderId, ...] = ()

    @property
    def orders(self) -> tuple[OrderId, ...]:
        """The master's orders it is about, oldest first."""
        return (self.order_id, *self.others) if self.order_id is not None else ()

    def is_about_same(self, other: "Question") -> bool:
        """Return whether both ask about one matter. Of notes each stands for itself."""
        if self.kind is not other.kind or self.kind is OfferKind.NOTE:
            return False
        mine = (self.key, self.order_id, self.account)
        if mine != (other.key, other.order_id, other.account):
            return False
        # Slices of one entry or exit are sent again together.
        together = self.kind in (OfferKind.ENTRY, OfferKind.EXIT)
        return together or self.tag == other.tag


class Settlement(Struct, frozen=True, kw_only=True, gc=False):
    """How an offer ended.

    Attributes:
        label: What the pressed button said; empty where it was settled without a press.
        by: Who pressed, for people; empty likewise.
        user_id: Who pressed; 0 likewise.
        text: What came of it, one plain sentence.
    """

    at: datetime
    text: str
    label: str = ""
    by: str = ""
    user_id: int = 0


class Offer(Struct, kw_only=True, gc=False):
    """A question as it stands; owned by the one writer and changed only by ``fold.apply``.

    Attributes:
        offer_id: The id of the notice it is put under.
        notice: That notice.
        tokens: Digests of the data on its buttons, one per message.
        shown: The message that carries it, by chat.
    """

    offer_id: int
    question: Question
    opened_at: datetime
    notice: Notice | None = None
    tokens: list[str] = field(default_factory=list)
    shown: dict[int, int] = field(default_factory=dict)
    settled: Settlement | None = None


_SEEN = Choice(verb=Verb.SEEN, label="I have seen to it")
_LEAVE_OUT = Choice(verb=Verb.LEAVE, label="Skip")


def a_note() -> Question:
    """Ask that a person looks at something."""
    return Question(kind=OfferKind.NOTE, choices=(_SEEN,))


def login_of(account: AccountName) -> Question:
    """Ask for a login; its button opens the login page instead of choosing something."""
    return Question(kind=OfferKind.LOGIN, choices=(), account=account)


def clock_wrong() -> Question:
    """Ask to be acknowledged that this machine's clock stops entries; it ends by itself when it is right."""
    return Question(kind=OfferKind.CLOCK, choices=(_SEEN,))


def paused_by_broker(account: AccountName) -> Question:
    """Ask to be acknowledged that the broker takes no orders of an account; it ends when that is resumed."""
    return Question(kind=OfferKind.PAUSED, choices=(_SEEN,), account=account)


def exit_unsent(account: AccountName, order_id: OrderId) -> Question:
    """Ask to be acknowledged that an exit waits for a login; it ends by itself with that."""
    return Question(kind=OfferKind.UNSENT, choices=(_SEEN,), account=account, order_id=order_id)


def logins_of() -> Question:
    """Ask to be acknowledged that somebody is not logged in; it ends by itself when nobody is out."""
    return Question(kind=OfferKind.LOGINS, choices=(_SEEN,))


def whether_to_apply() -> Question:
    """Ask whether what a file of settings makes looser is to count."""
    apply = Choice(verb=Verb.APPLY, label="Confirm the changes")
    cancel = Choice(verb=Verb.LEAVE, label="Cancel")
    return Question(kind=OfferKind.SETTINGS, choices=(apply, cancel))


def whether_it_exists(
    key: Key, order_id: OrderId, tag: Tag, *, candidates: tuple[OrderId, ...] = ()
) -> Question:
    """Ask whether an order without an answer is in Kite, or which of several candidates it is."""
    found: tuple[Choice, ...] = tuple(
        Choice(verb=Verb.ADOPT, label=f"It is order …{each[-6:]}", order_id=each)
        for each in candidates
    )
    found = found or (Choice(verb=Verb.ADOPT, label="It is in Kite"),)
    none = {0: "It is not there", 1: "It is not that one"}.get(len(candidates), "None of them")
    return Question(
        kind=OfferKind.UNKNOWN,
        choices=(*found, Choice(verb=Verb.ABSENT, label=none)),
        key=key,
        order_id=order_id,
        tag=tag,
    )


def whether_absent_after_all(key: Key, order_id: OrderId, tag: Tag) -> Question:
    """Leave a way back to somebody who has said that an order is in Kite, and no book shows it."""
    absent = Choice(verb=Verb.ABSENT, label="It is not there after all")
    return Question(kind=OfferKind.UNKNOWN, choices=(absent,), key=key, order_id=order_id, tag=tag)


def whether_to_enter(
    key: Key, order_id: OrderId, *, label: str, tag: Tag | None = None
) -> Question:
    """Ask whether an entry that did not come about is to be sent after all."""
    copy = Choice(verb=Verb.COPY, label=label)
    return Question(
        kind=OfferKind.ENTRY, choices=(copy, _LEAVE_OUT), key=key, order_id=order_id, tag=tag
    )


def whether_to_approve(key: Key, orders: tuple[OrderId, ...]) -> Question:
    """Ask whether an entry is to be copied at all; one answer for all slices of it."""
    copy = Choice(verb=Verb.COPY, label="Copy")
    price = Choice(verb=Verb.PRICE, label="Price now")
    return Question(
        kind=OfferKind.APPROVAL,
        choices=(copy, _LEAVE_OUT, price),
        key=key,
        order_id=orders[0],
        others=orders[1:],
    )


def whether_to_exit(key: Key, order_id: OrderId, tag: Tag) -> Question:
    """Ask whether an exit that did not come about is to be sent again."""
    send = Choice(verb=Verb.SEND, label="Send the exit again")
    leave = Choice(verb=Verb.LEAVE, label="I close it in Kite")
    return Question(kind=OfferKind.EXIT, choices=(send, leave), key=key, order_id=order_id, tag=tag)


def whether_to_reprice(key: Key, order_id: OrderId, tag: Tag) -> Question:
    """Ask whether an exit that does not fill is to be priced nearer to the market again."""
    again = Choice(verb=Verb.REPRICE, label="Re-price it again")
    leave = Choice(verb=Verb.LEAVE, label="Leave it working")
    return Question(
        kind=OfferKind.STUCK, choices=(again, leave), key=key, order_id=order_id, tag=tag
    )


def whether_to_close(key: Key) -> Question:
    """Ask whether a copied holding is to be closed though the master did not ask for it."""
    close = Choice(verb=Verb.CLOSE, label="Close it")
    keep = Choice(verb=Verb.KEEP, label="Keep it as own")
    leave = Choice(verb=Verb.LEAVE, label="Leave it for now")
    return Question(kind=OfferKind.ORPHAN, choices=(close, keep, leave), key=key)


def adds_risk(question: Question, choice: Choice) -> bool:
    """Return whether a choice asks for a code.

    It has looser settings count, or an entry sent with real money that had come to nothing. To approve an
    entry does not ask: it leaves as it would have by itself, and LIVE entries were armed with a code today.
    """
    if choice.verb is Verb.APPLY:
        return True
    live = question.key is not None and question.key.venue is Venue.LIVE
    return live and choice.verb is Verb.COPY and question.kind is not OfferKind.APPROVAL
