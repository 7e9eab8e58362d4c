"""What the doctor finds on this machine: the same for ``check`` and for /live in the chat."""

from collections.abc import Iterable
from datetime import datetime

from bot.cli import check_files
from bot.cli.check_lines import doubtful
from bot.cli.check_tables import exchange_days, freeze_table, order_rules
from bot.cli.configuration import Configuration
from bot.cli.setup_doubts import setup_doubts
from bot.holidays import days_complete_until
from bot.settings.settings import Settings
from engine.brokers.kite.freeze import FREEZE_TABLE_DATE
from engine.core.values.translate import ORDER_RULES_DATE
from engine.core.values.views import CheckLine


def machine_lines(
    configuration: Configuration, settings: Settings | None, now: datetime
) -> Iterable[CheckLine]:
    """Look at settings, files, disk, clock and the tables in the program.

    Args:
        configuration: Where they are; its places must be known.
        settings: None where they are refused.
        now: The time.
    """
    if settings is not None:
        for line in setup_doubts(settings):
            yield doubtful(line)
    data_dir = configuration.places().data_dir
    yield from check_files.env_file(configuration.env_file, settings)
    yield check_files.key_file(configuration)
    yield from check_files.data_dir(data_dir)
    yield check_files.clock(data_dir, now)
    yield freeze_table(FREEZE_TABLE_DATE, now.date())
    yield order_rules(ORDER_RULES_DATE, now.date())
    yield exchange_days(days_complete_until(), now.date())
