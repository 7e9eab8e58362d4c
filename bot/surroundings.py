"""What the command line looks at for the running program: it alone knows the file and the doctor."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.settings.settings import Settings
from engine.core.values.views import CheckLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The file of settings and the machine, looked at anew each time; both are called in a thread.

    Attributes:
        machine: What the doctor says of files, disk and clock, for /live, by the settings that count now.
        reread: Reads the file again, checked as at a start; raises ``ConfigError`` with every fault.
    """

    machine: Callable[[Settings], tuple[CheckLine, ...]]
    reread: Callable[[], Settings]
