"""What must stand before copying starts or LIVE is armed: one line each, with the mend."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from engine.core.risk.account_checks import (
    NO_PROOFS,
    can_enter,
    clock_lines,
    entitled_lines,
    funds_lines,
    plan_lines,
    session_line,
)
from engine.core.risk.order_permission import order_lines
from engine.core.risk.scale import scale_of
from engine.core.state.state import State
from engine.core.values.counts import counted
from engine.core.values.keys import MasterKey
from engine.core.values.market import IST, MASTER, AccountName, Exchange, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.proofs import AccountProof
from engine.core.values.rules import FollowerRules
from engine.core.values.views import CheckLevel, CheckLine

#: A master's book older than this means that the feed does not work.
BOOK_AGE_S = 10.0
#: When logins and arming end (Kite Connect docs, user).
_DAY_ENDS_AT = time(6, 0)
#: Holdings that are named; a preflight is read on a phone.
SHOWN_HOLDINGS = 3


def preflight(
    state: State,
    venue: Venue,
    *,
    now: datetime,
    proofs: Mapping[AccountName, AccountProof] = NO_PROOFS,
) -> tuple[CheckLine, ...]:
    """Check a start in a mode.

    Args:
        state: The engine's state.
        venue: The mode that is wanted.
        now: The time of the check.
        proofs: What the brokers answered just now; of whoever is missing, the state's word counts.

    Returns:
        Lines in the order to be shown; any FAIL forbids the start.
    """
    lines = [session_line(state, MASTER, proofs.get(MASTER), needed=True), _feed(state, now)]
    lines += [*plan_lines(proofs.get(MASTER)), *_listed(state), *_markets(state, now)]
    lines += clock_lines(proofs)
    lines += _followers(state, venue, now=now, proofs=proofs)
    if state.killed:
        lines.append(_fail("the kill switch is set: `copytrader kill --release` on the server"))
    if state.fence.frozen is not None:
        lines.append(_fail(f"entries are frozen, {state.fence.frozen.value}: `copytrader adopt`"))
    if not state.rules:
        lines.append(_fail("no follower is configured: add FOLLOWERS__<NAME>__… to .env"))
    if not (state.copying and state.venue is venue):
        lines += _left_alone(state, venue)
    unresolved = sum(child.state.is_unresolved for child in state.open_children.values())
    if unresolved:
        lines.append(_warn(f"{counted(unresolved, 'order')} of unknown outcome: /orders"))
    return tuple(lines)


def _followers(
    state: State, venue: Venue, *, now: datetime, proofs: Mapping[AccountName, AccountProof]
) -> list[CheckLine]:
    """Return a line for every follower that is left out, and whether anyone is left."""
    lines: list[CheckLine] = []
    willing, ready = [], []
    for name, rules in state.rules.items():
        proof = proofs.get(name)
        if not rules.enabled:
            lines.append(_warn(f"{name}: switched off in .env, left out"))
            continue
        paused = state.account(name).paused
        if paused:
            lines.append(_warn(f"{name}: paused, left out; /resume {name}"))
        else:
            willing.append(name)
        if proof is not None or (venue is Venue.LIVE and not paused):
            lines.append(session_line(state, name, proof, needed=False))
        if proof is not None or not paused:
            lines += entitled_lines(state, rules, venue, proof)
            lines += [*_sized(state, rules, now=now), *funds_lines(proof)]
        if proof is not None or venue is Venue.LIVE:
            lines += order_lines(state, name, proof)
        if not paused and (venue is Venue.PAPER or can_enter(state, name, proof)):
            ready.append(name)
    if willing and not ready:
        lines.append(_fail("no follower has a session: /login each of them"))
    elif state.rules and not willing:
        lines.append(_nobody_willing(state, venue, now=now))
    return lines


def _sized(state: State, rules: FollowerRules, *, now: datetime) -> list[CheckLine]:
    """Return a line where entries would be skipped since what they are sized by is not known, with the mend.

    Shares stand for every segment: Kite tells all of them in one answer.
    """
    _, verdict = scale_of(state, rules, Exchange.NSE, lot_size=1, at=now)
    if verdict is None or verdict[0] is not SkipReason.FUNDS_UNKNOWN:
        return []
    return [_warn(f"{rules.name}: entries are skipped until it is known: {verdict[1]}")]


def _nobody_willing(state: State, venue: Venue, *, now: datetime) -> CheckLine:
    paused = [
        name for name, rules in state.rules.items() if rules.enabled and state.account(name).paused
    ]
    if not paused:
        return _fail("no follower takes entries: set FOLLOWERS__<NAME>__ENABLED=true in .env")
    text = f"no follower takes entries: /resume {paused[0]}"
    # In LIVE /resume itself wants armed entries: arming must not wait for it.
    arming = venue is Venue.LIVE and (state.armed_until is None or now >= state.armed_until)
    return _warn(text) if arming else _fail(text)


def _left_alone(state: State, venue: Venue) -> list[CheckLine]:
    """Say what the master holds that nobody got by copying: a start leaves it alone."""
    held = [
        f"{position.net:+d} {key.symbol}"
        for key, position in state.master.items()
        if position.net and not _is_copied(state, key, venue)
    ]
    if not held:
        return []
    more = f" and {len(held) - SHOWN_HOLDINGS} more" if len(held) > SHOWN_HOLDINGS else ""
    names = ", ".join(held[:SHOWN_HOLDINGS])
    return [_warn(f"held by the master now, will NOT be copied: {names}{more}")]


def _is_copied(state: State, key: MasterKey, venue: Venue) -> bool:
    books = state.books.get(key, {})
    return any(book.held for (where, _), book in books.items() if where is venue)


def _feed(state: State, now: datetime) -> CheckLine:
    book_at = state.account(MASTER).book_at
    if book_at is None or not state.openings_known:
        return _fail("master's order book not read yet")
    age = (now - book_at).total_seconds()
    if age > BOOK_AGE_S:
        return _fail(f"master's order book is {age:.0f} s old")
    if not state.stream_up:
        return _warn(f"socket down; order book read {age:.1f} s ago")
    return CheckLine(level=CheckLevel.OK, text=f"socket up, order book {age:.1f} s old")


def _listed(state: State) -> list[CheckLine]:
    """Return whether the day's contracts, lots and ticks are known."""
    book = state.instruments
    if book.of_day is None:
        return []  # a list without a day is one of a test, or none: the status says so
    if book.is_of_before(state.trading_day):
        text = f"the list of instruments is of {book.of_day:%d %b}: F&O entries wait for today's"
        return [_warn(text)]
    return [CheckLine(level=CheckLevel.OK, text=f"instruments of {book.of_day:%d %b}, today's")]


def _markets(state: State, now: datetime) -> list[CheckLine]:
    """Say so where nothing opens before the logins end: whoever starts on a Saturday must start again on Monday."""
    calendar = state.calendar
    if calendar.any_open(now):
        return []
    ends = datetime.combine(now.astimezone(IST).date(), _DAY_ENDS_AT, tzinfo=IST)
    if ends <= now:
        ends += timedelta(days=1)
    opens = [at for exchange in Exchange if (at := calendar.next_open(exchange, now)) is not None]
    if not opens or min(opens) < ends:
        return []
    text = f"markets are closed till {min(opens):%a %d %b %H:%M}, logins end at 06:00: start again that morning"
    return [_warn(text)]


def _warn(text: str) -> CheckLine:
    return CheckLine(level=CheckLevel.WARN, text=text)


def _fail(text: str) -> CheckLine:
    return CheckLine(level=CheckLevel.FAIL, text=text)


def must_log_in(state: State) -> tuple[AccountName, ...]:
    """Return who needs a login now and has none, the master first.

    PAPER needs the master's alone; whoever holds real copies needs his in any mode, for their exits.
    """
    wanted = [MASTER] + [
        name
        for name, rules in state.rules.items()
        if (rules.enabled and state.venue is Venue.LIVE) or holds_live(state, name)
    ]
    return tuple(name for name in wanted if not state.account(name).session_ok)


def holds_live(state: State, name: AccountName) -> bool:
    """Return whether a follower holds real copies."""
    return any(
        book.held
        for books in state.books.values()
        if (book := books.get((Venue.LIVE, name))) is not None
    )
