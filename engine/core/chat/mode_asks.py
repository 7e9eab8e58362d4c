"""LIVE and PAPER, wrong codes, and the kill switch."""

from engine.core.chat import people_asks as people
from engine.core.state.turn import Turn
from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.counts import mentioned
from engine.core.values.market import Venue
from engine.core.values.notices import Severity
from engine.core.values.offers import Settlement

#: Wrong codes in a row that lock risk-adding commands (contract, bot rule 10).
MOST_TOTP_FAILURES = 5


def go_live(turn: Turn, request: c.GoLive, by: c.Requester) -> tuple[bool, str]:
    """Switch to LIVE, or arm its entries for longer."""
    state = turn.state
    if state.totp_locked:
        return False, "Locked after five wrong codes: run `copytrader unlock` on the server."
    if request.totp_step is not None:
        if people.is_used(turn, request.totp_step):
            return False, "That code was used already: wait for the next one."
        accepted = r.CodeAccepted(user_id=by.user_id, totp_step=request.totp_step, at=turn.at)
        turn.emit(accepted)
    was = state.venue
    turn.emit(
        r.ModeSet(venue=Venue.LIVE, armed_until=request.armed_until, totp_step=request.totp_step)
    )
    until = f"{request.armed_until:%d %b %H:%M} IST"
    if was is Venue.LIVE:
        return True, f"LIVE entries are armed until {until}."
    if state.copying:
        # A switch of venue is a new beginning: real orders start only from a fresh baseline.
        turn.emit(r.CopyingSet(active=False, at=turn.at))
        return True, f"Mode is LIVE, armed until {until}. Copying is stopped: /start_copy begins."
    return True, f"Mode is LIVE, armed until {until}. Nothing is copied yet: /start_copy begins."


def go_paper(turn: Turn) -> tuple[bool, str]:
    """Switch to PAPER, unless something real would be left without its exit."""
    state = turn.state
    if state.venue is Venue.PAPER:
        return True, "Mode is PAPER already."
    held = sum(
        1
        for books in state.books.values()
        for (venue, _), book in books.items()
        if venue is Venue.LIVE and book.held
    )
    resting = sum(child.key.venue is Venue.LIVE for child in state.open_children.values())
    if held or resting:
        # In PAPER nothing is ever written to the broker, so an exit could not follow any more.
        there = mentioned(
            (held, "copied holding", "copied holdings"), (resting, "open order", "open orders")
        )
        at_broker = "is" if held + resting == 1 else "are"
        return False, (
            f"Still LIVE: {' and '.join(there)} {at_broker} at the broker, and in PAPER their exits "
            "could not follow. /stop now stops entries and lets exits follow; switch once nothing is left, or hand them back with /detach."
        )
    turn.emit(r.ModeSet(venue=Venue.PAPER, armed_until=None, totp_step=None))
    if state.copying:
        turn.emit(r.CopyingSet(active=False, at=turn.at))
    return True, "Mode is PAPER. Nothing is written to the broker. /start_copy begins."


def totp_failed(turn: Turn) -> tuple[bool, str]:
    """Count a wrong code; too many in a row lock what adds risk."""
    failures = turn.state.totp_failures + 1
    locked = failures >= MOST_TOTP_FAILURES
    turn.emit(r.TotpCounted(failures=failures, locked=locked))
    if locked:
        turn.tell(
            Severity.CRITICAL,
            "Five wrong TOTP codes: risk-adding commands are locked until `copytrader unlock` is "
            "run on the server. /stop and /paper still work.",
            topic="engine",
        )
        return False, "Wrong code. Locked now: run `copytrader unlock` on the server."
    left = MOST_TOTP_FAILURES - failures
    return False, f"Wrong code. {left} {'try' if left == 1 else 'tries'} left."


_KILLED = "The kill switch is set: no further entry leaves. Exits still follow the master."


def set_kill(turn: Turn, request: c.SetKill) -> tuple[bool, str]:
    """Set or release the kill switch."""
    active, step, last = request.active, request.totp_step, turn.state.totp_last_step
    if step is not None and last is not None and step <= last:
        return False, "That code was used already: wait for the next one."
    if turn.state.killed == active:
        return True, "The kill switch is " + ("set already." if active else "not set.")
    turn.emit(r.KillSet(active=active, totp_step=step))
    if active:
        turn.tell(Severity.CRITICAL, _KILLED, topic="engine")
        return True, _KILLED
    released = "The kill switch is released."
    # Whoever released it has seen to it: its alert must not stop copying minutes later.
    for offer in list(turn.state.open_offers.values()):
        if offer.notice is not None and offer.notice.text == _KILLED:
            turn.settle(offer, Settlement(at=turn.at, text=released))
    turn.tell(Severity.WARNING, released, topic="engine")
    return True, released
