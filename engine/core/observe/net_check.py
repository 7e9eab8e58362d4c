"""The master's positions are a check on what his orders make: a lasting difference is told.

Nothing is traded by it. Copies follow his orders; what they miss (an order of another day, a corporate action,
fills that were folded in another order) a person has to know of, since his later exits are shares of his net.
"""

from engine.core.observe.observe_products import expected_net, net_of
from engine.core.state.brokernet import SNAPSHOT_LAG
from engine.core.state.state import State
from engine.core.state.turn import Turn
from engine.core.values.events import PositionsRead
from engine.core.values.keys import MasterKey
from engine.core.values.notices import Severity


def check_net(turn: Turn, event: PositionsRead) -> None:
    """Compare his positions with his ledger where copies are held; two reads must agree."""
    state = turn.state
    before, now = state.products.astray, _astray(state, event)
    state.products.astray = now
    for key, off in now.items():
        if before.get(key) == off:
            _tell(turn, key, off)
    for key in before.keys() - now.keys():
        state.told.discard(_mark(key, before[key]))


def _astray(state: State, event: PositionsRead) -> dict[MasterKey, int]:
    found = {}
    for key, books in state.books.items():
        position = state.master.get(key)
        if position is None or not any(book.held for book in books.values()):
            continue
        moved_at = position.moved_at
        if moved_at is not None and event.asked_at < moved_at + SNAPSHOT_LAG:
            # A snapshot may not know of the newest fills yet.
            continue
        net = net_of(state, key)
        if net is not None and net != expected_net(state, key):
            found[key] = net - expected_net(state, key)
    return found


def _tell(turn: Turn, key: MasterKey, off: int) -> None:
    expected = expected_net(turn.state, key)
    turn.tell_once(
        Severity.WARNING,
        f"The master's positions show {expected + off} {key.symbol} ({key.product.value}), his orders make "
        f"{expected}. Copies follow his orders. Please compare in Kite; /diff shows the followers.",
        topic="engine",
        mark=_mark(key, off),
    )


def _mark(key: MasterKey, off: int) -> str:
    return f"astray:{key}:{off}"
