"""``copytrader run``: everything that must be right before the engine starts, then the engine."""

import argparse
import asyncio
import importlib
import importlib.util
import logging
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol, cast

from bot.cli.check import machine_of
from bot.cli.configuration import UNFINISHED, Configuration, Places
from bot.cli.invocation import ExitStatus, Invocation, Terminal
from bot.cli.refused_start import forget_refusal, tell_refusal
from bot.cli.setup_doubts import setup_doubts
from bot.instance import (
    LOGS_NAME,
    AlreadyRunningError,
    DataDirError,
    instance_lock,
    prepare_data_dir,
)
from bot.kill_switch import KillSwitch
from bot.logs import LOG_FILE, logging_to
from bot.service import ServiceManager
from bot.settings.settings import Settings
from bot.surroundings import Surroundings
from bot.version import program_version
from engine.clock import Clock
from engine.core.values.market import Venue
from engine.errors import ConfigError, CopyTraderError, StoreDamaged
from storage.disk_full import is_no_room
from storage.vault import Vault

_LOG = logging.getLogger(__name__)

_FREE_SPACE = "free disk space (df -h shows what is left) and start again"


class App(Protocol):
    """The program itself; returns an exit status after a signal."""

    def __call__(
        self,
        settings: Settings,
        vault: Vault,
        kill_switch: KillSwitch,
        control_path: Path,
        began: Callable[[Venue], None],
        around: Surroundings,
    ) -> Coroutine[object, object, int]:
        """Run until a signal; ``began`` is called once, with the venue, when it runs."""
        ...


def run(args: argparse.Namespace, invocation: Invocation) -> int:
    """Run the program in the foreground; the statuses are those of the contract."""
    service = ServiceManager.from_environ(invocation.environ)
    return run_app_here(
        args.env_file, invocation, partial(_the_app, service), tell_refusal=tell_refusal
    )


class TellRefusal(Protocol):
    """Tells people of a refused start; it is soon back and raises nothing."""

    def __call__(
        self,
        configuration: Configuration,
        faults: Sequence[str],
        *,
        terminal: Terminal,
        clock: Clock,
    ) -> None:
        """Tell them why."""
        ...


def run_app_here(
    env_file: str | None,
    invocation: Invocation,
    load_app: Callable[[], App],
    *,
    tell_refusal: TellRefusal | None = None,
) -> int:
    """Check the settings, take the lock, open the vault, start logging and run the app.

    Args:
        env_file: As named on the command line.
        invocation: The outside world.
        load_app: Returns the program itself.
        tell_refusal: Tells people who do not see the terminal; None: nobody.
    """
    terminal = invocation.terminal
    configuration = Configuration.read(env_file, invocation)
    try:
        settings = configuration.settings()
        places = configuration.places()
        prepare_data_dir(settings.data_dir)
        with instance_lock(settings.data_dir):
            configuration.refuse_lost_store()
            vault = _open_vault(configuration, terminal)
            around = Surroundings(
                machine=lambda now: machine_of(configuration, now, invocation.clock),
                reread=lambda: configuration.again().settings(),
            )
            return _run_logged(settings, vault, places, load_app, terminal, around)
    except ConfigError as error:
        status, faults = ExitStatus.CONFIG_REFUSED, error.faults
    except DataDirError as error:
        status, faults = ExitStatus.CONFIG_REFUSED, (str(error),)
    except AlreadyRunningError as error:
        # Nobody is told: it runs.
        terminal.complain(str(error))
        return ExitStatus.ALREADY_RUNNING
    except StoreDamaged as error:
        status, faults = ExitStatus.STORE_REFUSED, (str(error),)
    except OSError as error:
        if not is_no_room(error):
            raise
        where = configuration.places().data_dir
        status, faults = ExitStatus.STORE_REFUSED, (f"the disk of {where} is full - {_FREE_SPACE}",)
    except KeyboardInterrupt:
        return ExitStatus.OK
    for fault in faults:
        terminal.complain(fault)
    if tell_refusal is not None:
        tell_refusal(configuration, faults, terminal=terminal, clock=invocation.clock)
    return status


def _open_vault(configuration: Configuration, terminal: Terminal) -> Vault:
    try:
        vault, made = configuration.vault_or_new_key()
        configuration.mark_key(vault)
    except ConfigError:
        raise
    except CopyTraderError as error:
        raise ConfigError((f"KEY_FILE: {error}",)) from error
    if configuration.is_changing(vault):
        terminal.complain(UNFINISHED)
    if made is not None:
        terminal.complain(f"made a new key in {made} - back it up, apart from DATA_DIR")
    return vault


def _run_logged(
    settings: Settings,
    vault: Vault,
    places: Places,
    load_app: Callable[[], App],
    terminal: Terminal,
    around: Surroundings,
) -> int:
    folder = settings.data_dir / LOGS_NAME
    with logging_to(
        folder,
        level=settings.log_level,
        form=settings.log_format,
        secrets=settings.secrets(),
        stderr=terminal.err,
    ):
        for line in setup_doubts(settings):
            _LOG.warning(line)
        try:
            app = load_app()
            with asyncio.Runner(loop_factory=_loop_factory()) as runner:
                began = partial(_say_it_runs, terminal, settings)
                status = runner.run(
                    app(
                        settings,
                        vault,
                        places.kill_switch,
                        places.control_path,
                        began,
                        around,
                    )
                )
        except (CopyTraderError, KeyboardInterrupt):
            raise
        except Exception as error:
            if isinstance(error, OSError) and is_no_room(error):
                raise
            _LOG.exception("the program ended by an error of its own")
            terminal.complain(f"ended by an unexpected error - see {folder / LOG_FILE}")
            return ExitStatus.FAILED
        else:
            if status == ExitStatus.OK:
                terminal.note("copytrader: ended; orders resting at the broker stay there")
            return status


def _say_it_runs(terminal: Terminal, settings: Settings, venue: Venue) -> None:
    """Tell whoever started it, in one line, what runs and what to do next."""
    forget_refusal(settings.data_dir)
    followers = ", ".join(one.account.name for one in settings.followers) or "none"
    terminal.note(
        f"copytrader {program_version()} runs in {venue.label}: followers {followers}."
        " Open your bot in Telegram and send /start: it says what is next."
        f" Log: {settings.data_dir / LOGS_NAME / LOG_FILE}. Ctrl-C ends it."
    )


def _the_app(service: ServiceManager | None) -> App:
    """Return the app; imported late so that a refused start pays for none of it."""
    return cast("App", partial(importlib.import_module("bot.app").run_app, service=service))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's loop where the ``[fast]`` extra is installed, else the standard one."""
    if importlib.util.find_spec("uvloop") is None:
        return None
    return cast(
        "Callable[[], asyncio.AbstractEventLoop]", importlib.import_module("uvloop").new_event_loop
    )
