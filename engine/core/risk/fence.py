"""The fence: two copies of us must never trade at once, and a store of the past must not trade.

Kite has no idempotency key, so nothing at the broker keeps a second copy of this installation (on
another host, in a container, from a restored backup) from sending every order again. But every order
of ours carries a tag that begins with the installation's own letters, and its journal knows every tag
it sent. An order of that prefix in any follower's book that the journal does not know was sent by
another copy, or by a life of this one that the store has lost. Then no entry leaves for any account,
exits follow what is held, and a person takes those orders over.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from engine.core.risk.preflight import holds_live
from engine.core.state.fold import find_child
from engine.core.state.state import State
from engine.core.state.turn import Turn, topic_of
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.keys import TAG_LENGTH, TAG_PREFIX, ChildId, Key, is_ours, make_tag
from engine.core.values.market import AccountName, Tag, Venue
from engine.core.values.notices import Severity
from engine.core.values.orders import OrderRow
from engine.core.values.strangers import FrozenBy

MEND = "Stop the other one, then run on the server: copytrader adopt"


def meet_stranger(turn: Turn, account: AccountName, row: OrderRow) -> None:
    """Take in a follower's order that no child of ours stands for; most are the owner's own affair."""
    tag = next((each for each in (row.tag, *row.tags) if _looks_ours(each)), None)
    if tag is None or (account, row.order_id) in turn.state.fence.own:
        return
    if _is_of_its_name_before(turn.state, account, row):
        return
    if is_ours(tag, turn.state.install_id):
        _freeze(turn, account, row)
    else:
        _name_other_copier(turn, account, row, tag)


def _is_of_its_name_before(state: State, account: AccountName, row: OrderRow) -> bool:
    """Whether an order was sent by us to this very account while it had another name, and is over.

    Where something copied is held under that name still, it is a stranger's: nobody would exit it here.
    """
    child = next((each for tag in (row.tag, *row.tags) if (each := find_child(state, tag))), None)
    if child is None or child.order_id != row.order_id or not child.has_ended:
        return False
    before, user_id = child.key.follower, state.account(account).user_id
    return (
        before not in state.rules
        and user_id == state.account(before).user_id
        and not holds_live(state, before)
    )


def _looks_ours(tag: str | None) -> bool:
    return tag is not None and tag.startswith(TAG_PREFIX) and len(tag) == TAG_LENGTH


def _freeze(turn: Turn, account: AccountName, row: OrderRow) -> None:
    known = turn.state.fence.strangers.get((account, row.order_id))
    if known is not None and not _is_news(known.row, row):
        return
    turn.emit(r.StrangerSeen(account=account, row=row, at=turn.at))
    if known is not None:
        return
    double = find_child(turn.state, row.tag) is not None
    what = "a second order under the tag of one of ours" if double else "an order of ours"
    turn.tell(
        Severity.CRITICAL,
        f"{account}: {_describe(row)} (order {row.order_id}) is {what} that this program did not send. "
        "A second copy of it runs elsewhere, or the store was put back from the past. No entry leaves "
        f"for any account now; exits still follow. {MEND}",
        topic=topic_of(account),
        needs_human=True,
    )


def _is_news(known: OrderRow, row: OrderRow) -> bool:
    """Whether a row says more than the one before; late and reordered ones say less."""
    if row.filled_quantity != known.filled_quantity:
        return row.filled_quantity > known.filled_quantity
    return row.status is not known.status and not known.status.is_terminal


def _name_other_copier(turn: Turn, account: AccountName, row: OrderRow, tag: str) -> None:
    """Name another installation once an account: someone else's copier, or one of ours of before."""
    other = tag[len(TAG_PREFIX) : len(TAG_PREFIX) + 2]
    turn.tell_once(
        Severity.CRITICAL,
        f"{account}: {_describe(row)} (order {row.order_id}) was placed by another installation of this "
        f"program (its tags begin with {TAG_PREFIX}{other}). Its orders are left alone. If that is not on "
        "purpose, stop one of the two: both copy to this account.",
        topic=topic_of(account),
        mark=f"other-copier:{turn.state.trading_day}:{account}:{other}",
    )


def _describe(row: OrderRow) -> str:
    return f"{row.side.value} {row.quantity} {row.symbol}"


def taken_tag(state: State, key: Key, tag: Tag, before: Iterable[Child]) -> Tag | None:
    """Return which tag is in the account's book already, sent by another: the one we are about to use, or an older one.

    Args:
        state: The state.
        key: The ledger's key.
        tag: The tag we are about to use.
        before: Older children of the same leg. One that was withdrawn because the book has its tag is not
            sent under another.
    """
    fence = state.fence
    if key.venue is not Venue.LIVE or not fence.strangers:
        return None
    tags = (tag, *(each.tag for each in before if each.sent_at is None))
    return next((each for each in tags if fence.has_stranger(key.follower, each)), None)


def free_tag(state: State, key: Key, identity: ChildId) -> tuple[ChildId, Tag]:
    """Return an identity whose tag no order has that was left to the owner: a tag is used once."""
    tag = make_tag(state.install_id, identity)
    while key.venue is Venue.LIVE and state.fence.has_own(key.follower, tag):
        identity = replace(identity, generation=identity.generation + 1)
        tag = make_tag(state.install_id, identity)
    return identity, tag


def tell_taken(turn: Turn, key: Key, tag: Tag, *, what: str) -> None:
    """Ask about an order that is not sent because its very tag is in the account's book already."""
    turn.tell_once(
        Severity.CRITICAL,
        f"{key.follower}: {what} is not sent: the account's book has that very order already, sent by "
        f"another copy of this program. Look in Kite. {MEND}",
        topic=topic_of(key.follower),
        mark=f"taken:{tag}",
        needs_human=True,
    )


def frozen_line(state: State) -> str:
    """Return why entries are frozen and the mend, one line; empty where they are not."""
    fence = state.fence
    if fence.frozen is None:
        return ""
    since = f" since {fence.since:%d %b %H:%M}" if fence.since else ""
    found = f" ({len(fence.strangers)} found)" if fence.strangers else ""
    mend = MEND if fence.frozen is FrozenBy.STRANGER else "Run on the server: copytrader adopt"
    return f"entries are frozen{since}: {fence.frozen.value}{found}. Exits still follow. {mend}"
