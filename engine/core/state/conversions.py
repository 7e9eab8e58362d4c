"""What a conversion of the master's product means for the ledgers: his net moves, the copies stay.

The followers' copies were not converted, so they stay under the product they were bought with and
are exited under it. ``State.lent`` remembers, for each key that gained by a conversion, how much of
his net there is copied under which key it came from.
"""

from collections.abc import Iterator

from engine.core.state.state import State
from engine.core.values.exact import Exact, divided, size_of
from engine.core.values.keys import Key, MasterKey
from engine.core.values.market import OrderId


def sources_of(state: State, key: MasterKey) -> tuple[MasterKey, ...]:
    """Return the keys under which copies of this key's net are kept besides its own."""
    return tuple(state.lent.get(key, ()))


def followed(state: State, key: MasterKey) -> Exact:
    """Return the master's signed net that the copies of a key stand for.

    His net there, less what came from other keys, plus what went from it to others.
    """
    position = state.master.get(key)
    net = position.net if position else 0
    came = sum(state.lent.get(key, {}).values(), 0)
    went = sum((each.get(key, 0) for each in state.lent.values()), 0)
    return net - came + went


def exit_shares(
    state: State, key: MasterKey, *, net: int, units: int
) -> Iterator[tuple[MasterKey, Exact, Exact]]:
    """Yield how an exit of the master falls on the keys that copy him there.

    Args:
        state: The state before it.
        key: The key he exits in.
        net: His signed net there before it, units.
        units: What he exits, units, 0 < units <= abs(net).

    Yields:
        (key of the copies, units of what they stand for that are exited, units they stand for), all
        >= 0; keys that stand for nothing are left out.
    """
    share = divided(units, abs(net))
    came = state.lent.get(key, {})
    own = net - sum(came.values(), 0)
    for source, part in ((key, own), *came.items()):
        of = size_of(followed(state, source))
        if of and (part or not came):
            yield source, min(of, size_of(share * part)), of


def convert(state: State, old: MasterKey, new: MasterKey, units: int) -> None:
    """Move signed units of the master's net from one key to another; only ``fold`` calls this."""
    before = state.master[old].net
    share = divided(units, before) if before else 0
    at_new = state.lent.setdefault(new, {})
    rest: Exact = units
    for source, part in list(state.lent.get(old, {}).items()):
        moved = part * share
        state.lent[old][source] = part - moved
        rest -= moved
        if source != new:
            at_new[source] = at_new.get(source, 0) + moved
    at_new[old] = at_new.get(old, 0) + rest
    state.master[old].net -= units
    state.master[new].net += units


def shrink(state: State, key: MasterKey, *, before: int, exit_part: int) -> None:
    """Take an exit of the master out of what came by conversion; only ``fold`` calls this."""
    came = state.lent.get(key)
    if came and before:
        keep = 1 - divided(abs(exit_part), abs(before))
        for source in came:
            came[source] *= keep


def copied_as(state: State, key: Key, order_id: OrderId) -> str | None:
    """Return what tells the copies of a key from others that an order of another key exits too.

    Their product, with their exchange where that is another one; None for the order's own key.
    """
    home = state.master_key_of.get(order_id)
    if home is None or home == key.master:
        return None
    return key.product if home.exchange == key.exchange else f"{key.product}:{key.exchange}"
