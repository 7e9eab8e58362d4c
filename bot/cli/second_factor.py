"""The 6-digit code as the command line asks for it, with and without a running instance."""

from datetime import datetime

from bot.chat.totp import SIX_DIGITS, CodeState, check_code
from bot.cli.configuration import Places
from bot.cli.invocation import Terminal
from bot.settings import SecuritySettings
from bot.verbs import NOT_SET_UP, used_code, wrong_code
from engine.errors import CopyTraderError


def typed_code(security: SecuritySettings, terminal: Terminal, *, otherwise: str) -> str:
    """Return the code that was typed, or an empty text where none is required.

    Args:
        security: The second factor.
        terminal: Where it is asked for.
        otherwise: What stays as it is without a code, for the complaint.

    Raises:
        CopyTraderError: No code can be given, or what was typed is none.
    """
    if not security.require_totp:
        return ""
    if security.totp_secret is None:
        raise CopyTraderError(NOT_SET_UP)
    code = terminal.ask_secret("6-digit code:").replace(" ", "")
    if not SIX_DIGITS.fullmatch(code):
        raise CopyTraderError(wrong_code(otherwise))
    return code


def judge_code(
    security: SecuritySettings, places: Places, code: str, *, now: datetime, otherwise: str
) -> None:
    """Accept a code without an instance, and use it up for the next one too.

    Raises:
        CopyTraderError: Wrong, used before, or it cannot be told.
    """
    if not security.require_totp or security.totp_secret is None:
        return
    used = places.used_codes
    check = check_code(security.totp_secret, code, now=now, last_step=used.newest())
    if check.state is CodeState.WRONG:
        raise CopyTraderError(wrong_code(otherwise))
    if check.state is CodeState.USED or not used.spend(check.step):
        raise CopyTraderError(used_code(otherwise))
