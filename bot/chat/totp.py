"""The second factor: six digits that work once."""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

import pyotp

from engine.core.values.secrets import Secret

#: Seconds of one code, and codes accepted to either side (RFC 6238, sections 4.1 and 5.2).
STEP_SECONDS = 30
TOLERANCE_STEPS = 1
#: ASCII only: other scripts have digits too.
SIX_DIGITS = re.compile(r"[0-9]{6}")


@unique
class CodeState(StrEnum):
    """How a code was judged."""

    RIGHT = "right"
    USED = "used"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCheck:
    """The judgement; ``step`` is the code's time step where it is not wrong."""

    state: CodeState
    step: int = 0


def check_code(secret: Secret, code: str, *, now: datetime, last_step: int | None) -> CodeCheck:
    """Judge a code without side effects; every accepted step is compared, in constant time.

    Args:
        secret: Base32 secret.
        code: Six digits.
        now: The wall clock.
        last_step: Newest step that was accepted before; this one and older ones are used up.

    Raises:
        ValueError: The secret is not base32 or too short; the settings should have refused it.
    """
    totp = pyotp.TOTP(secret.reveal())
    current = int(now.timestamp()) // STEP_SECONDS
    matching: int | None = None
    for step in range(current - TOLERANCE_STEPS, current + TOLERANCE_STEPS + 1):
        if hmac.compare_digest(totp.generate_otp(step), code):
            matching = step
    if matching is None:
        return CodeCheck(state=CodeState.WRONG)
    used = last_step is not None and matching <= last_step
    return CodeCheck(state=CodeState.USED if used else CodeState.RIGHT, step=matching)
