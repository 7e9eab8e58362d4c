"""How loud each kind of message is in a person's chat, by that person's choice."""

from collections.abc import Mapping
from datetime import datetime, time
from enum import StrEnum, unique
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import replace

from engine.core.values.keys import is_copy_topic
from engine.core.values.market import IST
from engine.core.values.notices import Notice, NoticeKind, Severity


@unique
class AlertKind(StrEnum):
    """What may be made silent; the value stands in the journal and in buttons, and never changes."""

    ERRORS = "errors"  #: Something went wrong that money may hang on.
    WARNINGS = "warnings"  #: Something was left out, stopped or is short.
    CARDS = (
        "cards"  #: The copies of each order of the master, with the reasons of what was skipped.
    )
    REPORTS = "reports"  #: The report of a day or a week.
    INFO = "info"  #: What went as it should.


@unique
class AlertLevel(StrEnum):
    """How loud."""

    ON = "on"
    SILENT = "silent"
    OFF = "off"


_LOUD = (AlertLevel.ON, AlertLevel.SILENT)
#: What may be chosen of each: what money may hang on is silent at most, never off.
CHOICES: Mapping[AlertKind, tuple[AlertLevel, ...]] = MappingProxyType(
    {
        AlertKind.ERRORS: _LOUD,
        AlertKind.WARNINGS: _LOUD,
        AlertKind.CARDS: _LOUD,
        AlertKind.REPORTS: (*_LOUD, AlertLevel.OFF),
        AlertKind.INFO: (*_LOUD, AlertLevel.OFF),
    }
)
#: Without a choice.
DEFAULTS: Mapping[AlertKind, AlertLevel] = MappingProxyType(
    {
        AlertKind.ERRORS: AlertLevel.ON,
        AlertKind.WARNINGS: AlertLevel.ON,
        AlertKind.CARDS: AlertLevel.SILENT,
        AlertKind.REPORTS: AlertLevel.SILENT,
        AlertKind.INFO: AlertLevel.SILENT,
    }
)


class QuietHours(Struct, frozen=True, kw_only=True, gc=False):
    """Hours of a day, IST, in which nothing but what is critical makes a sound; they may span midnight."""

    begin: time
    end: time

    def hold(self, at: datetime) -> bool:
        """Return whether a moment is within them; the end is not."""
        now = at.astimezone(IST).time()
        if self.begin <= self.end:
            return self.begin <= now < self.end
        return now >= self.begin or now < self.end


class AlertPreferences(Struct, frozen=True, kw_only=True, gc=False):
    """What one person has chosen; ``quiet`` None: no quiet hours."""

    levels: Mapping[AlertKind, AlertLevel] = field(default_factory=lambda: MappingProxyType({}))
    quiet: QuietHours | None = None

    def level(self, kind: AlertKind) -> AlertLevel:
        """Return what was chosen of a kind, or what stands without a choice."""
        return self.levels.get(kind, DEFAULTS[kind])

    def choosing(self, kind: AlertKind, level: AlertLevel) -> "AlertPreferences":
        """Return these with another choice of a kind."""
        return replace(self, levels=MappingProxyType({**self.levels, kind: level}))

    def loudness(self, notice: Notice, *, at: datetime) -> AlertLevel:
        """Return how loud a notice is at a moment: what cannot wait is always on."""
        kind = kind_of(notice)
        if kind is None:
            return AlertLevel.ON
        level = self.level(kind)
        if level is AlertLevel.ON and self.quiet is not None and self.quiet.hold(at):
            return AlertLevel.SILENT
        return level


def kind_of(notice: Notice) -> AlertKind | None:
    """Return what a notice counts as; None for what is critical or asks something: it always comes through."""
    asks = notice.needs_human or notice.offer is not None
    if asks or notice.severity is Severity.CRITICAL:
        return None
    if notice.kind is NoticeKind.CARD:
        # Others are how far a /panic is, and the card of the morning.
        return AlertKind.CARDS if is_copy_topic(notice.topic) else None
    if notice.topic.startswith("report:"):
        return AlertKind.REPORTS
    by_severity = {Severity.ERROR: AlertKind.ERRORS, Severity.WARNING: AlertKind.WARNINGS}
    return by_severity.get(notice.severity, AlertKind.INFO)
