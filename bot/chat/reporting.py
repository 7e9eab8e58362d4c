"""/pnl, /latency and /report: text with a picture. Nothing here changes anything."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot.chat import render
from bot.chat import render_report as texts
from bot.chat import report_pictures as pictures
from bot.chat.cockpit import Cockpit
from bot.chat.incoming import Incoming
from bot.chat.message import READ_PREFIX, Button, Buttons, read_rows
from bot.chat.render_pictures import caption
from bot.chat.spoken import quoted
from bot.day_reads import DaysUnread
from bot.pictures.values import Picture
from engine.core.chat.sampled_days import sampled_days
from engine.core.values.day_report import DayReport
from engine.core.values.people import Role
from engine.core.values.routines import monday_of

_SPANS = {"today": "today", "day": "today", "week": "week", "month": "month"}
#: Ways a day is written; without a year it is the newest such day that is not ahead.
_DAY_FORMS = ("%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%Y")
_SHORT_FORMS = ("%d %b %Y", "%d %B %Y", "%d/%m %Y", "%b %d %Y", "%B %d %Y")


class Reporting:
    """Handlers that read whole days.

    Args:
        cockpit: What handlers may use.
    """

    def __init__(self, cockpit: Cockpit) -> None:
        self._cockpit = cockpit

    async def pnl(self, ask: Incoming) -> None:
        """Show profit of today, this week or this month; the answer comes when it was read."""
        word = ask.args[0].lower() if ask.args else "today"
        span = _SPANS.get(word)
        if span is None:
            self._cockpit.tell(
                ask, f"P&L of what? today, week or month, not {quoted(word)}: /pnl week"
            )
            return
        self._cockpit.spawn(self._pnl(ask, span), ask)

    async def latency(self, ask: Incoming) -> None:
        """Show how long today's copies took."""
        self._cockpit.spawn(self._latency(ask), ask)

    async def report(self, ask: Incoming) -> None:
        """Tell what came of today, of a past day, or of this week."""
        cockpit = self._cockpit
        words = [word for word in ask.args if word.lower() != "slippage"]
        slippage = len(words) < len(ask.args)
        if words == ["week"]:
            cockpit.spawn(self._week(ask), ask)
            return
        today = self._today()
        day = a_day(" ".join(words), today=today) if words else today
        if day is None or day > today:
            said = quoted(" ".join(words))
            cockpit.tell(ask, f"which day? {said} is none that was. For example: /report 26 Nov")
            return
        cockpit.spawn(self._report(ask, day, slippage=slippage), ask)

    # -- beside the handlers -------------------------------------------------------------------

    async def _pnl(self, ask: Incoming, span: str) -> None:
        days, venue, today = self._cockpit.desk.days, self._cockpit.venue, self._today()
        report = await days.report(venue)
        alone = self._cockpit.role is Role.FOLLOWER
        buttons = (*_spans(span), *read_rows("Refresh", f"pnl {span}"))
        if span == "today":
            text = texts.profit_text(report, lead="P&L today", alone=alone)
            self._show(ask, text, pictures.day_card(report, await days.samples(today)), buttons)
            return
        first = monday_of(today) if span == "week" else today.replace(day=1)
        sampled = await days.last_samples(first, today - timedelta(days=1))
        found = [*sampled_days(sampled, venue), report]
        whole = texts.of_days(found)
        text = texts.profit_text(
            whole, found, lead=f"P&L this {span}, since {first:%d %b}", alone=alone
        )
        self._show(ask, text, pictures.days_card(found, whole), buttons)

    async def _latency(self, ask: Incoming) -> None:
        report = await self._cockpit.desk.days.report(self._cockpit.venue)
        text, again = texts.latency_text(report), read_rows("Refresh", "latency")
        copied = any(each.lags_ms for each in report.followers)
        self._show(ask, text, pictures.lag_histogram(report) if copied else None, again)

    async def _report(self, ask: Incoming, day: date, *, slippage: bool) -> None:
        cockpit = self._cockpit
        found = await cockpit.desk.days.reports(day, day, rows=slippage)
        if not found:
            cockpit.tell(ask, f"nothing ran here on {day:%a %d %b %Y}, so nothing was copied then.")
            return
        first = mode_first(found, cockpit)
        again = f"report {day.isoformat()}"
        if slippage:
            scatter = pictures.slippage_scatter(first)
            words = caption(scatter, now=cockpit.now)
            cockpit.show(ask, scatter, words, buttons=read_rows("Report", again))
            return
        text = "\n\n".join(
            f"{each.venue.label if number else ''} {texts.day_text(each, now=cockpit.now)}".strip()
            for number, each in enumerate(found)
        )
        rows = read_rows("Slippage", f"{again} slippage")
        if day == self._today():
            rows += read_rows("Refresh", again)
        card = pictures.day_card(first, await cockpit.desk.days.samples(day))
        self._show(ask, text, card, rows, report=first)

    async def _week(self, ask: Incoming) -> None:
        today, venue = self._today(), self._cockpit.venue
        found = await self._cockpit.desk.days.reports(monday_of(today), today, rows=False)
        mine = [each for each in found if each.venue is venue]
        text = texts.days_text(mine, venue, lead="week")
        card = pictures.days_card(mine, texts.of_days(mine)) if mine else None
        self._show(ask, text, card, read_rows("Refresh", "report week"))

    def _show(
        self,
        ask: Incoming,
        text: str,
        picture: Picture | None,
        buttons: Buttons,
        *,
        report: DayReport | None = None,
    ) -> None:
        cockpit = self._cockpit
        venue = cockpit.venue if report is None else report.venue
        html = f"{render.tabled(venue, text)}\n{render.footer(cockpit.now)}"
        if picture is None:
            cockpit.say(ask, html, buttons=buttons)
        else:
            cockpit.show(ask, picture, html, buttons=buttons)

    def _today(self) -> date:
        """Return the trading day of now.

        Raises:
            DaysUnread: None has begun.
        """
        today = self._cockpit.desk.days.today()
        if today is None:
            raise DaysUnread("no trading day has begun yet: try again in a second")
        return today


def mode_first(found: Sequence[DayReport], cockpit: Cockpit) -> DayReport:
    """Return the report of the mode of now, else the first there is."""
    return next((each for each in found if each.venue is cockpit.venue), found[0])


def a_day(text: str, *, today: date) -> date | None:
    """Return the day that somebody typed: ``yesterday``, ``26``, ``26 Nov``, ``26/11``, ``2026-11-26``; or None."""
    word = " ".join(text.lower().split())
    if word in ("today", "yesterday"):
        return today - timedelta(days=word == "yesterday")
    if word.isdigit() and len(word) <= 2:
        return _day_of_month(int(word), today)
    for form in _DAY_FORMS:
        found = _parsed(word, form)
        if found is not None:
            return found
    for form in _SHORT_FORMS:
        found = _parsed(f"{word} {today.year}", form) or _parsed(word, form)
        if found is not None:
            return found if found <= today else _parsed(f"{word} {today.year - 1}", form) or found
    return None


def _day_of_month(number: int, today: date) -> date | None:
    month = today if number <= today.day else today.replace(day=1) - timedelta(days=1)
    try:
        return month.replace(day=number)
    except ValueError:
        return None


def _parsed(text: str, form: str) -> date | None:
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return None


def _spans(shown: str) -> Buttons:
    """Return one row that leads to the other spans."""
    others = [span for span in ("today", "week", "month") if span != shown]
    return (
        tuple(Button(text=span.capitalize(), data=f"{READ_PREFIX}pnl {span}") for span in others),
    )
