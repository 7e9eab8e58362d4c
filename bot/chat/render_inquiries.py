"""Stories, funds, differences and limits to chat text; pure, everything escaped, the mode first."""

from datetime import datetime
from decimal import ROUND_FLOOR, Decimal

from bot.chat import money
from bot.chat.html_text import TABLE_COLUMNS, escape, table
from bot.chat.name_columns import named_rows
from bot.chat.render import STALE_BOOK_S, footer, headed
from bot.chat.render_settings import chosen
from bot.chat.render_tables import hanging
from bot.chat.roles import may
from bot.chat.times import clock_time
from engine.core.chat.story import Story, StoryLine
from engine.core.values.market import IST, MASTER, Venue
from engine.core.values.people import Role
from engine.core.values.position_views import AccountDrift, DriftRow
from engine.core.values.views import AccountFunds, AccountLimits, LimitLine, SessionState

#: Lines of a story shown from its beginning and from its end; what lies between is left out.
_FIRST_LINES, _LAST_LINES = 20, 40
#: Columns of an amount of funds.
_FUNDS_WIDTH = 12
_CRORE = Decimal(10_000_000)


def story(venue: Venue, found: Story, *, only: str | None, now: datetime) -> str:
    """Return the story, each line with its time to the millisecond.

    Args:
        venue: The mode now.
        found: The story.
        only: Leave out what is about other accounts; None tells of all.
        now: For the footer.
    """
    lines = found.lines if only is None else found.only(only)
    shown = [_story_line(line) for line in lines]
    left_out = len(shown) - _FIRST_LINES - _LAST_LINES
    if left_out > 1:
        name = next((line.who for line in lines if line.who not in ("", MASTER)), "name")
        example = f"/why {found.asked} {name} shows one account's, "
        text = f"… {left_out} lines left out: {example * (only is None)}"
        text += f"copytrader why {found.asked} on the machine shows all."
        shown[_FIRST_LINES : len(shown) - _LAST_LINES] = [escape(text)]
    days = dict.fromkeys(line.at.astimezone(IST).date() for line in lines)
    when = ", ".join(f"{day:%d %b %Y}" for day in days)
    return "\n".join([headed(venue, f"{found.title} · {when}"), *shown, footer(now)])


def funds(venue: Venue, accounts: tuple[AccountFunds, ...], *, now: datetime) -> str:
    """Return what every account may spend, whole rupees, and why where it is not known."""
    rows = [
        (one.account, _rupees(one.funds.equity), _rupees(one.funds.commodity))
        for one in accounts
        if one.funds is not None
    ]
    heading = [("acct", "equity", "commodity")] if rows else []
    whose: dict[str, list[str]] = {}
    for one in accounts:
        if one.problem:
            whose.setdefault(one.problem, []).append(one.account)
    problems = [
        f"⚠️ {escape(', '.join(names))}: {escape(problem)}" for problem, names in whose.items()
    ]
    title = headed(venue, "spendable rupees at the broker")
    shown = table(named_rows([*heading, *rows], (12, 12)))
    parts = [title, shown, *problems, footer(now)]
    return "\n".join(part for part in parts if part)


def drift(
    venue: Venue, accounts: tuple[AccountDrift, ...], *, now: datetime, book_age_s: float | None
) -> str:
    """Return the symbols in which followers differ; ``all in step`` only where all is known.

    Args:
        venue: The mode now.
        accounts: What is shown.
        now: For the footer.
        book_age_s: Seconds since the master's order book was read; None: not since the start.
    """
    if book_age_s is None:
        text = "nothing can be said yet: the master's order book has not been read. Next: /login"
        return f"{headed(venue, text, mark='🟡')}\n{footer(now)}"
    is_stale = book_age_s > STALE_BOOK_S
    if not is_stale and all(not one.rows and _is_known(one) for one in accounts):
        return f"{headed(venue, 'all in step', mark='🟢')}\n{footer(now)}"
    differs = any(one.rows for one in accounts)
    title = "followers and master differ" if differs else "nothing differs as far as is known"
    parts = [headed(venue, title, mark="🟡")]
    if is_stale:
        parts.append(f"⚠️ the master's order book was last read {book_age_s:.0f} s ago: see /status")
    for one in accounts:
        parts.append(f"<b>{escape(one.account)}</b> {escape(_state_of(one))}".rstrip())
        parts.append(table([line for row in one.rows for line in _drift_lines(one, row)]))
    if differs:
        parts.append("want: the master's net at the multiplier, in whole lots. To mend it: /sync")
    return "\n".join(part for part in [*parts, footer(now)] if part)


def limits(
    venue: Venue,
    accounts: tuple[AccountLimits, ...],
    *,
    now: datetime,
    role: Role = Role.OWNER,
) -> str:
    """Return the limits on entries, one table a follower, with what is used of each."""
    parts = [headed(venue, "limits on entries; exits never ask")]
    for one in accounts:
        over = f"what would be over is {'cut down' if one.cuts else 'left out'}"
        said = over if one.lines else "no limit is set"
        parts.append(f"<b>{escape(one.account)}</b> {escape(said)}")
        rows = [line for each in one.lines for line in _limit_lines(each)]
        heading = [f"{'':<12} {'used':>9} {'limit':>11}"] if rows else []
        parts += [table([*heading, *rows]), chosen(one.chosen)]
    parts += ["To change one: /set"] if may(role, "set") else []
    return "\n".join(part for part in [*parts, footer(now)] if part)


def _story_line(line: StoryLine) -> str:
    at = line.at.astimezone(IST)
    who = f"<b>{escape(line.who)}</b> " if line.who else ""
    stamp = f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}"
    return f"<code>{stamp}</code> {who}{escape(line.text)}"


def _limit_lines(line: LimitLine) -> list[str]:
    row = f"{line.name:<12} {line.used:>9} {line.limit:>11}"
    if len(row) <= TABLE_COLUMNS:
        return [row]
    used = hanging("  ", f"used {line.used}") if line.used else []
    return [line.name, *used, *hanging("  ", f"limit {line.limit}")]


def _rupees(amount: Decimal) -> str:
    """Round down: what is not whole cannot be spent; in crore where it would not fit."""
    whole = Decimal(int(amount.to_integral_value(rounding=ROUND_FLOOR)))
    text = money.grouped(int(whole))
    if len(text) <= _FUNDS_WIDTH:
        return text
    return f"{(whole / _CRORE).quantize(Decimal('0.01'), rounding=ROUND_FLOOR)}Cr"


def _is_known(one: AccountDrift) -> bool:
    if one.venue is Venue.PAPER:
        return True
    return one.read_at is not None and one.session is SessionState.OK


def _state_of(one: AccountDrift) -> str:
    parts = [] if one.rows else ["in step with our ledger" if not _is_known(one) else "in step"]
    if one.venue is Venue.LIVE:
        parts.append(f"broker read {clock_time(one.read_at)}" if one.read_at else "never read")
        if one.session is not SessionState.OK:
            parts.append(f"no session: /login {one.account}")
    return " · ".join(parts)


def _drift_lines(one: AccountDrift, row: DriftRow) -> list[str]:
    numbers = f"want {money.quantity(row.wanted, signed=True)}"
    numbers += f" copied {money.quantity(row.copied, signed=True)}"
    if one.venue is Venue.LIVE:
        numbers += f" broker {money.quantity(row.observed, signed=True)}"
    lines = [*hanging("", f"{row.symbol} {row.exchange} {row.product}"), *hanging("  ", numbers)]
    return lines + (hanging("  ", row.note, brief=True) if row.note else [])
