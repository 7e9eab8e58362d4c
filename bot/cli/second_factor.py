"""The 6-digit code as the command line asks for it, with and without a running instance."""

from contextlib import nullcontext
from datetime import datetime

from bot.chat.totp import SIX_DIGITS, CodeState, check_code
from bot.cli.configuration import Places
from bot.cli.invocation import Terminal
from bot.instance import instance_lock, prepare_data_dir
from bot.settings.settings import SecuritySettings
from bot.verbs import LOCAL, LOCKED, NOT_SET_UP, used_code, wrong_code
from engine.core.values.control import ProveCode, TotpFailed
from engine.core.values.secrets import Secret
from engine.errors import CopyTraderError
from storage.mark import StoreMark
from storage.offline_asks import offline_desk
from storage.store_name import STORE_NAME


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
    security: SecuritySettings,
    places: Places,
    code: str,
    *,
    now: datetime,
    otherwise: str,
    holds_lock: bool = False,
) -> None:
    """Accept a code without an instance, and use it up for the next one too.

    A wrong one counts in the store, with those of the chat: five in a row lock until ``unlock``. A store
    that is not there yet is not begun for that.

    Args:
        security: The second factor.
        places: Where store and used codes are.
        code: Six digits.
        now: The time.
        otherwise: What stays as it is without a code.
        holds_lock: Whether the caller has the instance lock, and takes a store of the past too.

    Raises:
        CopyTraderError: Wrong, used before, locked, or it cannot be told.
    """
    if not security.require_totp or security.totp_secret is None:
        return
    secret = security.totp_secret
    prepare_data_dir(places.data_dir)
    with nullcontext() if holds_lock else instance_lock(places.data_dir):
        if not (places.data_dir / STORE_NAME).exists():
            _judge(secret, places, code, now=now, otherwise=otherwise)
            return
        mark = None if holds_lock else StoreMark.beside(places.key_file, places.data_dir)
        with offline_desk(places.data_dir, mark) as desk:
            if desk.state.totp_locked:
                raise CopyTraderError(LOCKED)
            last = desk.state.totp_last_step
            try:
                step = _judge(secret, places, code, now=now, otherwise=otherwise, last=last)
            except WrongCodeError:
                desk.ask(TotpFailed(), by=LOCAL, at=now)
                raise
            desk.ask(ProveCode(totp_step=step), by=LOCAL, at=now)


class WrongCodeError(CopyTraderError):
    """The code is none of the last or next half minute."""


def _judge(
    secret: Secret,
    places: Places,
    code: str,
    *,
    now: datetime,
    otherwise: str,
    last: int | None = None,
) -> int:
    used = places.used_codes
    newest = max((step for step in (last, used.newest()) if step is not None), default=None)
    check = check_code(secret, code, now=now, last_step=newest)
    if check.state is CodeState.WRONG:
        raise WrongCodeError(wrong_code(otherwise))
    if check.state is CodeState.USED or not used.spend(check.step):
        raise CopyTraderError(used_code(otherwise))
    return check.step
