"""Turns the text of one setting into a value, or says what is wrong with it and the mend.

Every parser takes the stripped text and raises ``ValueError`` whose message reads on after
``KEY: ``. Parsers of secrets and of addresses that may hold a password never quote the text.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from engine.core.values.market import Exchange
from engine.core.values.secrets import Secret

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

# ASCII digits only: int() and Decimal() would also take underscores, exponents and other scripts.
_WHOLE = re.compile(r"[0-9]{1,12}")
_DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,8})?")
_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
_NO_BLANKS = re.compile(r"\S+")
# E.164: at most 15 digits, no leading zero. Source: ITU-T E.164, section 6.
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_CLIENT_ID = re.compile(r"[A-Z0-9]{2,12}")
_GLOB = re.compile(r"[A-Z*?\[\]]+:\S+")
# 80 bits, what authenticator apps commonly make. Source: RFC 4226 section 4 asks for 128.
_TOTP_MIN_LETTERS = 16


def text(value: str) -> str:
    """Return a word without blanks."""
    if not _NO_BLANKS.fullmatch(value):
        raise ValueError("has blanks inside - remove them")
    return value


def secret(value: str) -> Secret:
    """Return a secret without blanks; the text is never quoted."""
    if not _NO_BLANKS.fullmatch(value):
        raise ValueError("has blanks inside - paste it again")
    return Secret(value)


def bot_token(value: str) -> Secret:
    """Return a Telegram bot token (``123456:ABC…``)."""
    if not _TOKEN.fullmatch(value):
        raise ValueError("is not a bot token (digits, a colon, letters) - copy it from @BotFather")
    return Secret(value)


def totp_secret(value: str) -> Secret:
    """Return a base32 TOTP secret, upper-cased and without the blanks people copy along."""
    compact = value.replace(" ", "").upper().rstrip("=")
    try:
        base64.b32decode(compact + "=" * (-len(compact) % 8))
    except (binascii.Error, ValueError):
        raise ValueError("is not base32 - use the letters A-Z and digits 2-7 only") from None
    if len(compact) < _TOTP_MIN_LETTERS:
        raise ValueError(f"is too short - use at least {_TOTP_MIN_LETTERS} base32 letters")
    return Secret(compact)


def client_id(value: str) -> str:
    """Return a Kite client id in upper case, e.g. ``AB1234``."""
    if not _CLIENT_ID.fullmatch(value.upper()):
        raise ValueError(f"{value!r} is not a Kite client id - it looks like AB1234")
    return value.upper()


def boolean(value: str) -> bool:
    """Return ``true`` or ``false``, in any case; nothing else is guessed at."""
    known = {"true": True, "false": False}
    if value.lower() not in known:
        raise ValueError(f"{value!r} is neither true nor false - write one of them")
    return known[value.lower()]


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return a parser of whole numbers from ``low`` to ``high``, both included."""

    def parse(value: str) -> int:
        if not _WHOLE.fullmatch(value) or not low <= int(value) <= high:
            raise ValueError(f"{value!r} is not a whole number from {low} to {high} - correct it")
        return int(value)

    return parse


def telegram_id(value: str) -> int:
    """Return a person's numeric Telegram id."""
    # Twelve digits hold every id so far. Source: Bot API, User: at most 52 significant bits.
    high = 10**12 - 1
    if not _WHOLE.fullmatch(value) or not 1 <= int(value) <= high:
        raise ValueError(
            f"{value!r} is not a whole number from 1 to {high}"
            " - give your numeric id, e.g. from @userinfobot, not the @name"
        )
    return int(value)


def decimal(value: str) -> Decimal:
    """Return a plain decimal number, without exponent or thousands marks."""
    if not _DECIMAL.fullmatch(value):
        raise ValueError(f"{value!r} is not a number like 1 or 0.5 - correct it")
    return Decimal(value)


def above_zero(value: str) -> Decimal:
    """Return a decimal number above 0."""
    number = decimal(value)
    if number <= 0:
        raise ValueError(f"{value} is not above 0 - correct it")
    return number


def market_protection(value: str) -> Decimal:
    """Return Kite's ``market_protection``: -1, or above 0 up to 100 per cent.

    Source: Kite Connect docs, orders (market_protection).
    """
    number = decimal(value)
    if number != -1 and not 0 < number <= 100:
        raise ValueError(f"{value} is neither -1 nor above 0 up to 100 - correct it")
    return number


def choice(kind: type[E]) -> Callable[[str], E]:
    """Return a parser of the members of an enum, in any case."""
    words = {str(member.value).lower(): member for member in kind}

    def parse(value: str) -> E:
        if value.lower() not in words:
            raise ValueError(f"{value!r} is not one of {', '.join(m.value for m in kind)}")
        return words[value.lower()]

    return parse


def optional(parse: Callable[[str], T]) -> Callable[[str], T | None]:
    """Return a parser to which nothing, ``none`` and ``off`` mean: not set."""

    def parse_or_none(value: str) -> T | None:
        return None if value.lower() in {"", "none", "off"} else parse(value)

    return parse_or_none


def comma_list(parse: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    """Return a parser of comma-separated items without repeats; empty text is no items."""

    def parse_items(value: str) -> tuple[T, ...]:
        items = [item.strip() for item in value.split(",")] if value else []
        if "" in items:
            raise ValueError("has an empty item - remove the extra comma")
        found: dict[T, None] = {}
        faults: dict[str, None] = {}
        for item in items:
            try:
                found[parse(item)] = None
            except ValueError as error:
                faults[str(error)] = None
        if faults:
            raise ValueError("; ".join(faults))
        return tuple(found)

    return parse_items


def exchanges(value: str) -> frozenset[Exchange]:
    """Return a set of exchanges; at least one."""
    found = frozenset(comma_list(choice(Exchange))(value))
    if not found:
        raise ValueError("names no exchange - remove the key for all six")
    return found


def symbol_glob(value: str) -> str:
    """Return a glob on ``EXCHANGE:TRADINGSYMBOL``, upper-cased as symbols are."""
    if not _GLOB.fullmatch(value.upper()):
        raise ValueError(f"{value!r} is not EXCHANGE:SYMBOL - write e.g. NFO:NIFTY*")
    return value.upper()


def segment_multipliers(value: str) -> Mapping[str, Decimal]:
    """Return exchange → factor, >= 0, from JSON such as ``{"NFO": "0.5"}``."""
    try:
        # Numbers stay text so that none passes through a float.
        raw = json.loads(value, parse_float=str, parse_int=str)
    except json.JSONDecodeError:
        raise ValueError('is not JSON - write e.g. {"NFO": "0.5", "MCX": "0"}') from None
    if not isinstance(raw, dict):
        # A ValueError like every parser's: the text is wrong, not the program.
        raise ValueError('is not a JSON object - write e.g. {"NFO": "0.5"}')  # noqa: TRY004
    factors: dict[str, Decimal] = {}
    for name, factor in raw.items():
        try:
            exchange = Exchange(name)
            number = decimal(factor if isinstance(factor, str) else "")
        except (ValueError, InvalidOperation):
            raise ValueError(f"{name!r}: needs one of {', '.join(Exchange)} and a number") from None
        if number < 0:
            raise ValueError(f"{name!r}: the factor is below 0 - use 0 to copy no entries")
        factors[exchange.value] = number
    return MappingProxyType(factors)


def loss_ladder(value: str) -> tuple[int, int, int]:
    """Return three rising percentages of the daily loss limit, each 1 to 100."""
    steps = comma_list(whole(1, 100))(value)
    if len(steps) != 3 or list(steps) != sorted(steps):
        raise ValueError("is not three rising percentages - write e.g. 70,85,100")
    return (steps[0], steps[1], steps[2])


def path(value: str) -> Path:
    """Return a path with ``~`` expanded; the caller resolves it against the env file's folder."""
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise ValueError("has no home folder to expand ~ - write a full path") from None


def email_address(value: str) -> str:
    """Return an e-mail address; only its rough shape is looked at."""
    if value.count("@") != 1 or not _NO_BLANKS.fullmatch(value):
        raise ValueError(f"{value!r} is not an e-mail address - correct it")
    return value


def phone_number(value: str) -> str:
    """Return a phone number with its country code, as Twilio shows it or as people write it."""
    compact = re.sub(r"[\s().-]", "", value.removeprefix("whatsapp:"))
    if not _PHONE.fullmatch(compact):
        raise ValueError(f"{value!r} is no phone number - write e.g. +919812345678")
    return compact


def secret_list(value: str) -> Secret:
    """Return comma-separated secrets as one; each without blanks inside."""
    items = [item.strip() for item in value.split(",")]
    if "" in items or not all(_NO_BLANKS.fullmatch(item) for item in items):
        raise ValueError("has blanks inside or an extra comma - paste it again")
    return Secret(",".join(items))
