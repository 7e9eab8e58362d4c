"""What must stand before copying starts or LIVE is armed: one line each, with the mend."""

from datetime import datetime

from engine.core.market import MASTER, Venue
from engine.core.state import State
from engine.core.views import CheckLevel, CheckLine

#: A master's book older than this means that the feed does not work.
BOOK_AGE_S = 10.0


def preflight(state: State, venue: Venue, *, now: datetime) -> tuple[CheckLine, ...]:
    """Check a start in a mode.

    Args:
        state: The engine's state.
        venue: The mode that is wanted.
        now: The time of the check.

    Returns:
        Lines in the order to be shown; any FAIL forbids the start.
    """
    lines = [_session(state, MASTER, needed=True), _feed(state, now)]
    live = venue is Venue.LIVE
    if live:
        lines += [_session(state, name, needed=False) for name in state.rules]
        ready = [name for name in state.rules if state.account(name).session_ok]
        if not ready:
            lines.append(_fail("no follower has a session: /login each of them"))
    if state.killed:
        lines.append(_fail("the kill switch is set: `copytrader kill --release` on the server"))
    if not state.rules:
        lines.append(_fail("no follower is configured: add FOLLOWERS__<NAME>__… to .env"))
    unresolved = sum(child.state.is_unresolved for child in state.open_children.values())
    if unresolved:
        text = f"{unresolved} order(s) of unknown outcome: /orders"
        lines.append(CheckLine(level=CheckLevel.WARN, text=text))
    return tuple(lines)


def _session(state: State, name: str, *, needed: bool) -> CheckLine:
    known = next((account for account in state.accounts if account == name), None)
    if known is not None and state.account(known).session_ok:
        return CheckLine(level=CheckLevel.OK, text=f"{name}: session till 06:00")
    if needed:
        return _fail(f"{name}: no session, /login {name}")
    return CheckLine(level=CheckLevel.WARN, text=f"{name}: no session, left out; /login {name}")


def _feed(state: State, now: datetime) -> CheckLine:
    book_at = state.account(MASTER).book_at
    if book_at is None or not state.openings_known:
        return _fail("master's order book not read yet")
    age = (now - book_at).total_seconds()
    if age > BOOK_AGE_S:
        return _fail(f"master's order book is {age:.0f} s old")
    if not state.stream_up:
        return CheckLine(
            level=CheckLevel.WARN, text=f"socket down; order book read {age:.1f} s ago"
        )
    return CheckLine(level=CheckLevel.OK, text=f"socket up, order book {age:.1f} s old")


def _fail(text: str) -> CheckLine:
    return CheckLine(level=CheckLevel.FAIL, text=text)
