"""What of a state a journal must give back."""

from typing import Any

from msgspec.structs import fields, replace

from engine.core.state.accounts import Account
from engine.core.state.state import State
from engine.core.values.market import AccountName

#: What is of this run of the process only, by the state's own words.
_OF_THE_RUN = {
    "wakes", "prices", "lessons", "told", "told_before", "products", "stream_up", "apart", "rules", "instruments",
    "calendar", "unseen_since", "loss_looked_at", "loss_looks", "panic_looked_at", "env_rules", "owners",
    "env_total_loss_limit", "total_loss_limit",
    "routines_looked_at", "started_at", "heard_at", "stream_since", "clock_level", "clock_ahead", "clock_hint",
}  # fmt: skip
_OF_THE_READS = {
    "book_version", "book_at", "book_asked_at", "book_total", "doubt_until", "reconciled", "untagged_since",
    "reconcile_from", "back_at", "hand_at", "book_newest", "untagged", "most_rows", "ahead", "stale_since",
    "bare", "bare_frames", "tagged", "socket_shows_tags",
}  # fmt: skip


def comparable(state: State) -> dict[str, Any]:
    """Return every journalled field of a state, deep, without what is of one run only."""
    found = {
        each.name: getattr(state, each.name)
        for each in fields(State)
        if each.name not in _OF_THE_RUN
    }
    # Which parts the planner still looks at is worked out anew, never journalled.
    found["books"] = {
        key: {who: replace(book, active={}) for who, book in books.items()}
        for key, books in state.books.items()
    }
    accounts: dict[AccountName, Account] = found.pop("accounts")
    compared = [f.name for f in fields(Account) if f.name not in _OF_THE_READS]
    blank = Account(name=AccountName(""))
    found["accounts"] = {
        name: shown
        for name, account in accounts.items()
        if (shown := {f: getattr(account, f) for f in compared if f != "name"})
        != {f: getattr(blank, f) for f in compared if f != "name"}
    }
    return found
