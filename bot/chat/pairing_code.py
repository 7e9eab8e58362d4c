"""The one-time code that pairs a person: how it is made, read and kept."""

import hashlib
import re
import secrets

#: No 0, O, 1, I: a code is read aloud and typed on a phone.
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_GROUPS, _GROUP = 3, 4
#: 32 letters at 12 places are 60 bits; five guesses an hour within ten minutes find nothing.
_LENGTH = _GROUPS * _GROUP
_WHOLE = re.compile(f"[{_LETTERS}]{{{_LENGTH}}}")
_BETWEEN = re.compile(r"[\s\-_]+")


def new_code() -> str:
    """Return a code nobody can guess, in groups; it fits a deep link too (``t.me/BOT?start=CODE``)."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return "-".join(letters[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def read_code(text: str) -> str | None:
    """Return the digest of what looks like a code, however it was typed; None where it is none."""
    letters = _BETWEEN.sub("", text).upper()
    return digest_of(letters) if _WHOLE.fullmatch(letters) else None


def digest_of(code: str) -> str:
    """Return what the store keeps of a code."""
    letters = _BETWEEN.sub("", code).upper()
    return hashlib.sha256(f"pair:{letters}".encode()).hexdigest()
