"""Whether Kite takes a follower's orders from where they leave: as far as it is known without placing one."""

from collections.abc import Collection

from engine.core.state.state import State
from engine.core.values.child import Child
from engine.core.values.commands import RefusalKind
from engine.core.values.market import IST, AccountName, Venue
from engine.core.values.proofs import AccountProof
from engine.core.values.views import CheckLine

#: Where a Kite app's addresses are registered. Source: Kite forum discussion 15912, 2026-03.
CONSOLE = "developers.kite.trade"


def order_lines(state: State, name: AccountName, proof: AccountProof | None) -> list[CheckLine]:
    """Return what is known of whether Kite takes a follower's orders from here.

    Only an order proves it: reads and calculations are answered to any address (Kite forum discussion
    15912). So it goes by the newest order, and names the address to compare.
    """
    newest = _newest_answered(state, (name,)).get(name)
    if newest is not None and _is_mended(state, newest):
        newest = None
    if said := refused_here(state, (name,)).get(name):
        return [
            CheckLine.warn(
                f'{name}: Kite refused its last order: "{said}": mend it at '
                f"{CONSOLE}, then /resume {name}"
            )
        ]
    if proof is None or not proof.is_well:
        return []
    if proof.forbidden:
        said = proof.forbidden.rstrip(".")
        return [
            CheckLine.warn(
                f'{name}: Kite lets its app ask nothing of orders: "{said}": see {CONSOLE}'
            )
        ]
    way = _leaves(proof)
    if newest is not None and newest.order_id is not None and newest.answered_at is not None:
        at = newest.answered_at.astimezone(IST)
        return [
            CheckLine.ok(f"{name}: orders leave {way}; Kite took the last one, {at:%d %b %H:%M}")
        ]
    return [
        CheckLine.ok(
            f"{name}: orders leave {way}; that Kite takes them from there only an order proves: it "
            f"must be among the app's IPs at {CONSOLE}"
        )
    ]


def refused_here(state: State, names: Collection[AccountName]) -> dict[AccountName, str]:
    """Return in Kite's words why it takes no orders of followers, of whom that is so since they were resumed last."""
    return {
        name: child.reason.rstrip(".")
        for name, child in _newest_answered(state, names).items()
        if child.refusal is RefusalKind.PERMISSION and not _is_mended(state, child)
    }


def _is_mended(state: State, newest: Child) -> bool:
    """Return whether a person has mended what an order met since, as he says by /resume."""
    resumed_at = state.account(newest.key.follower).resumed_at
    return resumed_at is not None and (newest.answered_at or resumed_at) < resumed_at


def _leaves(proof: AccountProof) -> str:
    way = proof.way
    if way.proxied:
        return f"by IPv4 through its proxy{f' {way.address}' if way.address else ''}"
    if way.is_public:
        return f"by IPv4 from {way.address}"
    return "by IPv4 from this machine's public address"


def _newest_answered(state: State, names: Collection[AccountName]) -> dict[AccountName, Child]:
    """Return the real order of each follower that Kite answered last, of those still remembered; in one pass."""
    found: dict[AccountName, Child] = {}
    for child in state.children.values() if names else ():
        name, at = child.key.follower, child.answered_at
        if at is None or child.key.venue is not Venue.LIVE or name not in names:
            continue
        if child.order_id is None and child.refusal is None:
            continue
        known = found.get(name)
        # Of two answers of one instant the later child's.
        if known is None or known.answered_at is None or at >= known.answered_at:
            found[name] = child
    return found
