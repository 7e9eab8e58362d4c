"""Whether Kite takes a follower's orders from where they leave: as far as it is known without placing one."""

from engine.core.state.state import State
from engine.core.values.commands import RefusalKind
from engine.core.values.copies import Child
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
    newest = _since_resumed(state, name)
    if said := refused_here(state, name):
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


def refused_here(state: State, name: AccountName) -> str:
    """Return in Kite's words why it takes no orders of a follower, since he was resumed last; else nothing."""
    newest = _since_resumed(state, name)
    if newest is None or newest.refusal is not RefusalKind.PERMISSION:
        return ""
    return newest.reason.rstrip(".")


def _since_resumed(state: State, name: AccountName) -> Child | None:
    """Return the order that Kite answered last, unless a person has mended it since, as he says by /resume."""
    newest, resumed_at = _newest_answered(state, name), state.account(name).resumed_at
    if newest is not None and resumed_at and (newest.answered_at or resumed_at) < resumed_at:
        return None
    return newest


def _leaves(proof: AccountProof) -> str:
    way = proof.way
    if way.proxied:
        return f"by IPv4 through its proxy{f' {way.address}' if way.address else ''}"
    if way.is_public:
        return f"by IPv4 from {way.address}"
    return "by IPv4 from this machine's public address"


def _newest_answered(state: State, name: AccountName) -> Child | None:
    """Return the follower's real order that Kite answered last, of those still remembered."""
    answered = [
        child
        for child in state.children.values()
        if child.key.venue is Venue.LIVE
        and child.key.follower == name
        and child.answered_at is not None
        and (child.order_id is not None or child.refusal is not None)
    ]
    # Of two answers of one instant the later child's: the first of several that are as new is taken.
    answered.reverse()
    return max(answered, key=lambda child: child.answered_at or child.planned_at, default=None)
