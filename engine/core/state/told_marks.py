"""Which marks of what was told are forgotten as days pass, so that a program that runs for months stays as small."""

from engine.core.state.state import State

#: What a mark begins with that stands for something that lasts: it goes when that is over, whatever the day, and
#: there are as many as there are accounts and keys. All others name an order, a day or a moment.
LASTING = (
    "apart:", "astray:", "loss-unseen:", "master-socket-down", "master-unseen", "orphan:", "own-on-master",
    "shrunk-book", "status:", "unread:",
)  # fmt: skip


def forget_told(state: State) -> None:
    """Forget, as a day opens, what was told before the day that has ended: of that day something may still come."""
    passing = {mark for mark in state.told if not mark.startswith(LASTING)}
    state.told -= passing & state.told_before
    state.told_before = passing & state.told
