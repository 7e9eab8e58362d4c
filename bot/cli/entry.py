"""From arguments to an exit status; the one place that makes an error a line on stderr."""

from collections.abc import Sequence

from bot.cli.invocation import ExitStatus, Invocation
from bot.cli.parser import CommandFunction, build_parser
from bot.redaction import Redactor
from engine.errors import ConfigError, CopyTraderError
from storage.disk_full import is_no_room


def execute(argv: Sequence[str], invocation: Invocation) -> int:
    """Do the command that the arguments name.

    Args:
        argv: Without the program's name.
        invocation: The outside world.

    Returns:
        The exit status. No exception but ``SystemExit`` leaves: every error has become one line.
    """
    terminal = invocation.terminal
    args = build_parser().parse_args(argv)
    args.demo_args = tuple(argv[1:])
    command: CommandFunction = args.command
    try:
        return command(args, invocation)
    except ConfigError as error:
        for fault in error.faults:
            terminal.complain(fault)
    except CopyTraderError as error:
        terminal.complain(str(error))
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:
        raise  # whoever read our answer has gone; __main__ ends quietly
    except OSError as error:
        if is_no_room(error):
            at = f" at {error.filename}" if error.filename else ""
            terminal.complain(f"the disk is full{at} - free disk space, then try again")
        else:
            terminal.complain(_unexpected(error))
    except Exception as error:  # noqa: BLE001 - no traceback reaches a user, whatever failed
        terminal.complain(_unexpected(error))
    return ExitStatus.FAILED


def _unexpected(error: Exception) -> str:
    text = Redactor().redact(" ".join(f"{type(error).__name__}: {error}".split()))
    return f"unexpected error, {text} - please report it"
