"""Values to chat text. Pure: the same value gives the same text, and everything is escaped.

The first word of every text is the mode. Emoji say one thing each: 🟢 running, 🟡 degraded,
🔴 stopped or broken, ⚠️ act.
"""

from datetime import datetime
from itertools import groupby

from bot.chat import money
from bot.chat.html_text import escape, table
from bot.chat.message import Message
from bot.chat.render_tables import (
    account_lines,
    card_lines,
    check_lines,
    hanging,
    lag,
    order_lines,
)
from bot.chat.times import clock_time, day_time
from engine.core.values.control import Reply
from engine.core.values.copy_view import ChildState, CopyView
from engine.core.values.counts import counted
from engine.core.values.market import MASTER, OrderType, Venue
from engine.core.values.notices import Notice, Severity
from engine.core.values.people import Role
from engine.core.values.views import AccountView, CheckLine, SessionState, StatusView

#: Seconds after which the master's book is too old to say anything of now: it is read every 15 s
#: even while the market is closed (`engine/attention.py`).
STALE_BOOK_S = 30.0

_MARKS = {Severity.WARNING: "🟡", Severity.ERROR: "⚠️", Severity.CRITICAL: "🔴"}
_WRONG = frozenset({ChildState.REJECTED, ChildState.REFUSED, ChildState.UNKNOWN, ChildState.ABSENT})


def headed(venue: Venue, text: str, *, mark: str = "") -> str:
    """Return plain text as HTML with the mode as its first word.

    Args:
        venue: The mode now.
        text: Plain lines; escaped here.
        mark: An emoji after the mode, or none.
    """
    label = venue.label
    body = escape(text.removeprefix(label).lstrip(" ·") if text.startswith(label) else text)
    return f"{label} {mark or '·'} {body}"


def footer(now: datetime, *, op: str = "") -> str:
    """Return the last line of an answer: when, and under which op id to ask ``why``."""
    return f"op {escape(op)} · {clock_time(now)} IST" if op else f"{clock_time(now)} IST"


def answer(venue: Venue, reply: Reply, *, now: datetime, mark: str = "") -> str:
    """Return the engine's answer to a request."""
    text = reply.text + (
        "\nThis was done before; nothing was done again." if reply.duplicate else ""
    )
    head = headed(venue, text, mark=mark if reply.accepted else "⚠️")
    return f"{head}\n{footer(now, op=reply.op)}"


def note(venue: Venue, text: str, *, now: datetime, mark: str = "") -> str:
    """Return plain lines of the chat's own."""
    return f"{headed(venue, text, mark=mark)}\n{footer(now)}"


def started(venue: Venue, reply: Reply, checks: tuple[CheckLine, ...], *, now: datetime) -> str:
    """Return the engine's answer to a start with the preflight that led to it."""
    mark = "🟢" if reply.accepted else "⚠️"
    html = preflight(venue, reply.text, checks, mark=mark)
    stop = "To stop entries: /stop\n" if reply.accepted else ""
    return f"{html}\n{stop}{footer(now, op=reply.op)}"


def alert(notice: Notice) -> Message:
    """Return a notice as a message of its own; with sound unless it only informs."""
    mark = "⚠️" if notice.needs_human else _MARKS.get(notice.severity, "")
    text = notice.text
    if notice.follower is not None and notice.follower not in text:
        text = f"{notice.follower}: {text}"
    return Message(
        html=f"{tabled(notice.venue, text, mark=mark)}\nalert {notice.notice_id} · {footer(notice.at)}",
        silent=notice.severity is Severity.INFO,
    )


def tabled(venue: Venue, text: str, *, mark: str = "") -> str:
    """Return plain lines as HTML with the mode as its first word; those that begin with a tab are a table."""
    head, *lines = text.split("\n")
    parts = [headed(venue, head, mark=mark)]
    for is_table, group in groupby(lines, key=lambda line: line.startswith("\t")):
        if is_table:
            parts.append(table([row for line in group for row in hanging("", line[1:])]))
        else:
            parts += [escape(line) for line in group]
    return "\n".join(parts)


def left_out(venue: Venue, count: int) -> Message:
    """Say that cards were dropped while Telegram was away."""
    text = f"{count} order cards were left out while Telegram was away. /orders shows the newest."
    return Message(html=headed(venue, text, mark="🟡"))


def status_card(view: StatusView, *, now: datetime, role: Role = Role.OWNER) -> str:
    """Return the whole state: mode, copying, accounts, problems, the next step."""
    lines = [
        headline(view),
        table(account_lines(view.accounts, view.venue)),
        *_facts(view, now=now),
    ]
    lines += [f"⚠️ {escape(problem)}" for problem in view.problems]
    if view.book_age_s is not None and view.book_age_s > STALE_BOOK_S:
        lines.append("⚠️ Kite does not answer for the master: what he does now is not seen.")
    lines += [
        f"⚠️ {escape(account.name)}: {account.unresolved} unresolved"
        f"{escape(_named(account.unresolved_names))}, see /orders"
        for account in view.accounts
        if account.unresolved
    ]
    lines += [
        f"⚠️ {escape(account.name)}: {counted(account.held_up, 'exit waits', 'exits wait')} for your TPIN: authorise the sale "
        f"in Kite, then /resume {escape(account.name)}"
        for account in view.accounts
        if account.held_up
    ]
    lines += [
        f"⚠️ {escape(account.name)}: {counted(account.stuck_exits, 'exit does', 'exits do')} not fill: look in Kite. "
        "Which: /diff"
        for account in view.accounts
        if account.stuck_exits
    ]
    lines += [
        f"⚠️ {escape(account.name)}: {counted(account.refused_exits, 'exit was', 'exits were')} refused and the copies are "
        'still held: press "Send the exit again" under the alert, or close it in Kite.'
        for account in view.accounts
        if account.refused_exits
    ]
    lines += [
        f"⚠️ {escape(account.name)} is paused, Kite takes no orders of his: {escape(account.paused_why)}. Mend it, then "
        f"/resume {escape(account.name)}"
        for account in view.accounts
        if account.paused and account.paused_why
    ]
    lines += [
        f"{escape(account.name)} is going: no entries any more, and it is removed once its copies are closed. "
        f"To hand them back: /detach {escape(account.name)}"
        for account in view.accounts
        if account.leaving
    ]
    lines += [f"Loss: {escape(line)}" for line in view.losses]
    if view.open_offers:
        questions = (
            "1 question is" if view.open_offers == 1 else f"{view.open_offers} questions are"
        )
        lines.append(f"⚠️ {questions} open: press a button under the alert.")
    lines += [next_step(view, role), footer(now)]
    return "\n".join(line for line in lines if line)


#: Most orders that are named on the card; the others are in /orders.
_MOST_NAMED = 3


def _named(names: tuple[str, ...]) -> str:
    """Return ``: BUY 10 SBIN, ...`` with at most three names."""
    if not names:
        return ""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f": {', '.join(names[:_MOST_NAMED])}{more}"


def greeting(view: StatusView, *, now: datetime) -> str:
    """Return what is said at a start: state, arming and the next step."""
    until = view.armed_until
    armed = f" Entries are armed till {day_time(until, now=now)}." if until else ""
    return "\n".join([headline(view), f"Started.{armed}", next_step(view), footer(now)])


def farewell(view: StatusView, *, now: datetime) -> str:
    """Return what is said when the program was ended while the followers still went by the master."""
    held = [one.name for one in view.accounts if one.holds_live]
    lines = [headed(view.venue, "the program was ended", mark="🔴")]
    lines.append("Until it runs again nothing of the master's is copied, exits neither.")
    if held:
        lines.append(f"Real copies are held by: {escape(', '.join(held))}. Watch them in Kite.")
    lines.append("It goes on from there once it runs again; on the server: copytrader run")
    return "\n".join([*lines, footer(now)])


def headline(view: StatusView) -> str:
    """Return mode, light and one clause on what the engine does."""
    followers = [account for account in view.accounts if account.name != MASTER]
    active = sum(takes_part(account, view.venue) for account in followers)
    count = f"{active} of {len(followers)} followers"
    if why := _stands_still(view, f"{count} ready"):
        return headed(view.venue, why, mark="🔴")
    disarmed = view.venue is Venue.LIVE and view.armed_until is None
    if disarmed:
        return headed(view.venue, "copying exits only: entries are not armed", mark="🟡")
    waits = any(
        one.unresolved or one.held_up or one.stuck_exits or one.refused_exits
        for one in view.accounts
    )
    degraded = not view.stream_up or active < len(followers) or view.problems or waits
    return headed(view.venue, f"copying · {count}", mark="🟡" if degraded else "🟢")


def _stands_still(view: StatusView, ready: str) -> str:
    """Return why no entry leaves for anybody, however ready the followers are; else nothing."""
    if view.killed:
        return "kill switch is set: exits only"
    if view.frozen:
        return "entries are frozen: exits only"
    if not view.copying:
        return f"not copying · {ready}"
    if any(account.name == MASTER for account in accounts_out(view)):
        return "nothing is copied: log in the master"
    return "exits only: this machine's clock is wrong" if view.clock_wrong else ""


def next_step(view: StatusView, role: Role = Role.OWNER) -> str:
    """Return the one thing to do next, as a line; empty where somebody of a role can do nothing."""
    if role is not Role.OWNER:
        stop = "stop entries: /stop" if role is Role.OPERATOR else "pause your entries: /pause"
        return f"To {stop}" if view.copying else ""
    return _owners_step(view)


def _owners_step(view: StatusView) -> str:
    if view.killed:
        return (
            "Next: release the kill switch on the machine: <code>copytrader kill --release</code>"
        )
    if accounts_out(view):
        return "Next: /login"
    if view.frozen:
        return "Next, on the machine: <code>copytrader adopt</code>"
    if view.venue is Venue.LIVE and view.armed_until is None:
        return "Next: /live arms entries until 06:00."
    return "To stop entries: /stop" if view.copying else "Next: /start_copy"


def logged_out(view: StatusView) -> tuple[AccountView, ...]:
    """Return every account in use that has no session, whether this mode needs it or not."""
    return tuple(
        account
        for account in view.accounts
        if account.session is SessionState.LOGIN and (account.enabled or account.holds_live)
    )


def accounts_out(view: StatusView) -> tuple[AccountView, ...]:
    """Return the accounts that need a login in this mode."""
    return tuple(account for account in view.accounts if account.needs_login(view.venue))


def takes_part(account: AccountView, venue: Venue) -> bool:
    """Return whether a follower would get an entry now, as far as it alone decides."""
    reachable = venue is Venue.PAPER or account.session is SessionState.OK
    return account.enabled and not account.paused and reachable


def orders(venue: Venue, copies: tuple[CopyView, ...], *, now: datetime) -> str:
    """Return the newest master orders and what every follower did."""
    if not copies:
        return f"{headed(venue, 'no order of the master was to be copied today, so far.')}\n{footer(now)}"
    title = headed(venue, f"last {len(copies)} master orders" if len(copies) > 1 else "last order")
    more = f"The whole story of one: /why {copies[0].number}"
    return f"{title}\n{table(order_lines(copies))}\n{more}\n{footer(now)}"


def preflight(venue: Venue, title: str, checks: tuple[CheckLine, ...], *, mark: str = "") -> str:
    """Return the preflight list below a title."""
    return f"{headed(venue, title, mark=mark)}\n{table(check_lines(checks))}".rstrip()


def told_card(notice: Notice) -> str:
    """Return a card that says what the engine put into words, as how far a /panic is."""
    done = notice.severity is Severity.INFO
    html = headed(notice.venue, notice.text, mark="🟢" if done else "🔴")
    return f"{html}\n{footer(notice.at)}"


def copy_card(view: CopyView) -> str:
    """Return the card of one master order; its last line is the verdict once all is settled."""
    mark, verdict = _verdict(view)
    how = {None: "", OrderType.MARKET: " MKT"}.get(view.order_type, f" {view.order_type}")
    how += f" trig {money.price(view.trigger_price)}" if view.trigger_price is not None else ""
    at = view.average_price if view.price is None else view.price
    price = f" @ {money.price(at)}" if at is not None else ""
    size = "" if view.alone else f" {money.quantity(view.quantity)}"
    title = f"COPY #{view.number} · {view.side} {view.symbol}{size}"
    lines = [
        headed(view.venue, f"{title}{price}{how}", mark=mark),
        table(card_lines(view)),
        verdict,
        escape(f"{view.exchange} {view.product} · {clock_time(view.at)} IST"),
    ]
    return "\n".join(line for line in lines if line)


def _verdict(view: CopyView) -> tuple[str, str]:
    if not view.settled:
        return "", ""
    if not view.children:
        return "🟡", "no follower takes part"
    states = [child.state for child in view.children]
    wrong = sum(state in _WRONG for state in states)
    skipped = states.count(ChildState.SKIPPED)
    needs_you = states.count(ChildState.NEEDS_HUMAN)
    parts = [f"{len(states) - wrong - skipped - needs_you} of {len(states)} followed"]
    parts += [f"{skipped} skipped"] if skipped else []
    parts += [f"{wrong} failed"] if wrong else []
    parts += [f"{needs_you} needs you"] if needs_you else []
    slowest = max((child.lag_ms or 0 for child in view.children), default=0)
    parts += [f"slowest {lag(slowest)}"] if slowest else []
    mark = "⚠️" if needs_you else "🔴" if wrong else "🟡" if skipped else "🟢"
    return mark, " · ".join(parts)


def _facts(view: StatusView, *, now: datetime) -> list[str]:
    copying = f"since {day_time(view.since, now=now)}" if view.copying and view.since else ""
    armed = f"armed till {day_time(view.armed_until, now=now)}" if view.armed_until else ""
    age = "not read yet" if view.book_age_s is None else f"{view.book_age_s:.1f} s old"
    feed = f"master's socket {'up' if view.stream_up else 'DOWN'} · book {age}"
    last = f"last copy {day_time(view.last_copy_at, now=now)}" if view.last_copy_at else ""
    resting = f"{view.resting_entries} entries resting" if view.resting_entries else ""
    locked = "⚠️ five wrong codes: <code>copytrader unlock</code> on the machine"
    lines = [" · ".join(p for p in (copying, armed) if p), feed]
    lines += [" · ".join(p for p in (last, resting) if p), locked if view.totp_locked else ""]
    return lines
