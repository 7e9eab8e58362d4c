"""Followers who join, whose rules change, and who leave, while the program runs."""

from collections.abc import Mapping

from engine.core.observe.taking_part import join, leave_out_begun
from engine.core.outcome.leftovers import is_of_earlier_day
from engine.core.state.cancels import want_cancel
from engine.core.state.session_end import end_session
from engine.core.state.state import State
from engine.core.state.turn import Turn, topic_of
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.copies import KeyBook
from engine.core.values.counts import counted
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import AccountName, Venue
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.offers import login_of
from engine.core.values.rules import FollowerRules


def follow_rules(turn: Turn, before: Mapping[AccountName, FollowerRules]) -> None:
    """Have what depends on the rules planned anew, once they have changed; ``before`` are those of before."""
    state = turn.state
    for name, rules in state.rules.items():
        known = before.get(name)
        if known is None:
            _welcome(turn, name)
        elif rules.enabled and not known.enabled:
            # What he began meanwhile is not entered in the middle.
            leave_out_begun(turn, SkipReason.DISABLED, "begun before it was enabled", follower=name)
    for books in state.books.values():
        for book in books.values():
            name = book.key.follower
            if state.rules.get(name) != before.get(name):
                turn.touch(book.key)


def _welcome(turn: Turn, name: AccountName) -> None:
    """Begin with a new follower: what the master began before is not his, and his positions are his own."""
    state = turn.state
    account = state.account(name)
    # Nobody has looked at it until now: nothing leaves before its book was read.
    account.look_again(turn.at)
    turn.reads.add(name)
    turn.emit(r.FollowerJoined(follower=name, at=turn.at))
    if state.copying:
        leave_out_begun(turn, SkipReason.BEFORE_START, follower=name)
        join(turn, name)
    if not account.session_ok:
        turn.tell(
            Severity.WARNING if state.venue is Venue.LIVE else Severity.INFO,
            f"{name} is new and not logged in: /login {name}. What the master does from now on is copied; "
            "what he began before is not, and what the account holds already stays its owner's own.",
            topic=topic_of(name),
            question=login_of(name),
        )


def watch_leaving(turn: Turn) -> None:
    """Let go of every follower who is to be removed and has nothing copied any more."""
    state, waiting = turn.state, turn.state.waiting_settings
    for name in state.leaving:
        # One that was on its way has had no order id to cancel; one that failed is due again.
        cancel_entries(turn, name)
    # Who is back in the file, as a person is just asked, stays wired until the answer.
    back = {rules.name for rules in waiting.rules} if waiting is not None else set()
    gone = [name for name in state.leaving if name not in back and not remains(state, name)]
    for name in gone:
        let_go(turn, name)
    if gone:
        _without(turn, gone)
        for name in gone:
            turn.tell(
                Severity.INFO,
                f"{name} is removed: nothing copied is left there, and it is not watched any more.",
                topic=topic_of(name),
            )


def name_left_behind(turn: Turn) -> None:
    """Say loudly at a start that a follower is not configured any more who still has copies or orders."""
    state, held = turn.state, set()
    for books in state.books.values():
        for (_, follower), book in books.items():
            if not book.held or follower in state.rules:
                continue
            if follower in state.kept and not remains(state, follower):
                # Copies on paper, in LIVE: he is let go of with what comes next.
                continue
            held.add(follower)
            turn.tell(
                Severity.CRITICAL,
                f"{follower} is not configured any more but holds {book.held} copied "
                f"{book.key.symbol} ({book.key.venue.label}). Its exits cannot follow: add it "
                "back to .env, or close it in Kite.",
                topic=topic_of(follower),
                needs_human=True,
            )
    for name in sorted({child.key.follower for child in state.open_children.values()} - held):
        if name not in state.rules and remains(state, name):
            turn.tell(
                Severity.CRITICAL,
                f"{name} is not configured any more but {counted(len(working(state, name)), 'order')} of its copies may "
                "still fill, and no exit would follow: add it back to .env, or cancel them in Kite.",
                topic=topic_of(name),
                needs_human=True,
            )


def let_go(turn: Turn, name: AccountName) -> None:
    """Forget what a follower still has on paper, what was kept for him, and his session."""
    for books in turn.state.books.values():
        book = books.get((Venue.PAPER, name))
        if book is not None and (book.held or book.virtual):
            turn.emit(r.HoldingDetached(key=book.key, at=turn.at))
    if name in turn.state.leaving:
        turn.emit(r.FollowerLeaving(follower=name, sealed=None, at=turn.at))
    if name in turn.state.kept:
        turn.emit(r.FollowerKept(follower=name, sealed=None, at=turn.at))
    # Nobody is to be asked for his login at the end of the day; who comes back logs in anew.
    end_session(turn, name)


def _without(turn: Turn, gone: list[AccountName]) -> None:
    state, waiting = turn.state, turn.state.waiting_settings
    turn.emit(
        r.SettingsTaken(
            rules=tuple(rules for name, rules in state.env_rules.items() if name not in gone),
            total_loss_limit=state.env_total_loss_limit,
            at=turn.at,
            wanted=None if waiting is None else waiting.rules,
            wanted_total=None if waiting is None else waiting.total_loss_limit,
            gone=tuple(gone),
        )
    )


def remains(state: State, name: AccountName) -> bool:
    """Return whether a follower has copies or orders, working or late, that may still need an exit.

    What he has on paper counts while the mode is PAPER: in LIVE nobody can hand it back.
    """
    return (
        any(_counts(state, book.key.venue) for book in holdings(state, name))
        or any(_counts(state, child.key.venue) for child in working(state, name))
        or may_show_up(state, name)
    )


def may_show_up(state: State, name: AccountName) -> bool:
    """Return whether an order of today was taken for absent: Kite has shown such orders late, filled."""
    return any(
        child.state is IntentState.ABSENT
        and child.key.follower == name
        and not child.detached
        and not is_of_earlier_day(state, child)
        for child in state.children.values()
    )


def holdings(state: State, name: AccountName) -> list[KeyBook]:
    """Return the ledgers of a follower in which something copied is held."""
    return [
        book
        for books in state.books.values()
        for (_, follower), book in books.items()
        if follower == name and (book.held or book.virtual)
    ]


def working(state: State, name: AccountName) -> list[Child]:
    """Return a follower's orders that work, or of which it is not known."""
    return [child for child in state.open_children.values() if child.key.follower == name]


def resting_entries_of(state: State, name: AccountName) -> list[Child]:
    """Return a follower's entries that work at the current venue."""
    return [
        child
        for child in working(state, name)
        if child.leg is Leg.ENTRY and child.key.venue is state.venue
    ]


def cancel_entries(turn: Turn, name: AccountName) -> None:
    """Have what a follower's entries have not filled cancelled, real ones in any mode."""
    for child in working(turn.state, name):
        if child.leg is Leg.ENTRY and _counts(turn.state, child.key.venue):
            want_cancel(turn, child)


def _counts(state: State, venue: Venue) -> bool:
    return venue is Venue.LIVE or state.venue is Venue.PAPER
