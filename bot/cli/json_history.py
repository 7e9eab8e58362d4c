"""The answers of ``--json`` on what was, under the rules of ``json_answers``; to tell it takes more to load."""

import msgspec

from engine.core.chat.story import Story
from engine.core.values.day_report import DayReport


class WhyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What ``copytrader why ID --json`` answers.

    Attributes:
        story: Everything the journal knows of it, the oldest line first.
    """

    story: Story


class ReportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What ``copytrader report --json`` answers.

    Attributes:
        reports: One for each venue that was used on the day.
    """

    reports: tuple[DayReport, ...]
