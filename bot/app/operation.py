"""What runs beside copying: nightly backups and metrics."""

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from bot.channels.alert_channels import AlertChannels
from bot.chat.app import ChatBot
from bot.nightly import NightlyBackup
from bot.settings.settings import Settings
from bot.snapshots import Snapshots
from engine.clock import Clock
from engine.core.state.state import State
from engine.runner import JournalPort

if TYPE_CHECKING:
    from bot.app.wiring import App
    from bot.metrics.exporter import Metrics
    from bot.metrics.gauges import Reading


def nightly_backup(
    settings: Settings, clock: Clock, *, failed: Callable[[str], None]
) -> NightlyBackup | None:
    """Return what makes a backup each night, or None where none is wanted."""
    if settings.backup_dir is None or settings.env_file is None:
        return None
    return NightlyBackup(
        clock,
        data_dir=settings.data_dir,
        env_file=settings.env_file,
        folder=settings.backup_dir,
        failed=failed,
    )


def snapshots(app: "App") -> Snapshots:
    """Return what has snapshots of the state made beside the program."""
    return Snapshots(
        app.clock,
        data_dir=app.settings.data_dir,
        newest_event=lambda: app.journal.newest_event,
        is_quiet=lambda: app.runner.is_idle,
        damaged=app.reports.changed_history,
    )


def metrics(
    settings: Settings,
    journal: JournalPort,
    clock: Clock,
    *,
    read: "Callable[[], Reading]",
    failed: Callable[[str], None],
) -> "Metrics | None":
    """Return what tells Prometheus, or None where nobody wants it: then its library is not even loaded."""
    if settings.metrics_bind is None:
        return None
    exporter = importlib.import_module("bot.metrics.exporter")
    return cast(
        "Metrics",
        exporter.Metrics(settings.metrics_bind, journal, clock=clock, read=read, failed=failed),
    )


def reading(state: State, chat: ChatBot, channels: AlertChannels) -> "Reading":
    """Return what metrics are made from."""
    gauges = importlib.import_module("bot.metrics.gauges")
    ways = {"chat": chat.backlog} | {
        each.channel.name: each.backlog for each in channels.forwarders
    }
    return cast(
        "Reading",
        gauges.Reading(
            state=state,
            chat_silent_s=chat.silent_s,
            backlogs={
                way: gauges.Backlog(waiting=waiting, oldest_at=oldest_at)
                for way, (waiting, oldest_at) in ways.items()
            },
        ),
    )
