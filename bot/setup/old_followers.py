"""The older script's followers: numbered there, named here; sizes and limits per segment there."""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from bot.settings.names import is_follower_name
from bot.setup.old_channels import Take
from engine.core.values.market import MASTER, Exchange

_NUMBERED = re.compile(r"FOLLOWER_([0-9]{1,3})_([A-Z_]+)")
_SEGMENTS = tuple(one.value for one in Exchange)
_ACCOUNT = ("USER_ID", "API_KEY", "API_SECRET")
_COUNT, _TRADES = "FOLLOWER_COUNT", "MAX_DAILY_TRADES"


def follower_keys(name: str) -> tuple[int, str] | None:
    """Return the number and the field of an old follower's key, or None for any other key."""
    found = _NUMBERED.fullmatch(name)
    return None if found is None else (int(found[1]), found[2])


def old_followers(
    texts: Mapping[str, str], values: dict[str, str], take: Take, left: dict[str, str]
) -> None:
    """Take every follower over under its name, or ``follower1`` and so on."""
    numbered: dict[int, dict[str, str]] = {}
    for name, text in texts.items():
        found = follower_keys(name)
        if found is not None:
            numbered.setdefault(found[0], {})[found[1]] = text
    count = texts.get(_COUNT, "")
    last = int(count) if count.isdecimal() else max(numbered, default=0)
    if _COUNT in texts:
        left[_COUNT] = "followers have names here, and are counted by them"
    names: set[str] = {MASTER}
    copied = 0
    for number, fields in sorted(numbered.items()):
        why = _why_not(number, fields, values, last)
        if why:
            left.update({f"FOLLOWER_{number}_{one}": why for one in fields})
            continue
        written = _name(number, fields, names)
        names.add(written.lower())
        _follower(number, written, fields, take)
        copied += 1
        if _TRADES in texts:
            take([_TRADES], f"FOLLOWERS__{written}__MAX_ORDERS_PER_DAY", texts[_TRADES])
    if _TRADES in texts and not copied:
        left[_TRADES] = "a limit of each follower, and none was taken over"


def _why_not(
    number: int, fields: Mapping[str, str], values: Mapping[str, str], last: int
) -> str | None:
    user_id = fields.get("USER_ID", "").upper()
    if number > last:
        return f"FOLLOWER_COUNT is {last}, so it got no copies"
    if user_id and user_id == values.get("MASTER__USER_ID", "").upper():
        return "the same account as the master's"
    taken = {text.upper() for key, text in values.items() if key.endswith("__USER_ID")}
    if user_id in taken:
        return f"{user_id} is a follower already"
    missing = [one for one in _ACCOUNT if one not in fields]
    return f"its {missing[0]} is missing, so add it by hand" if missing else None


def _name(number: int, fields: Mapping[str, str], taken: set[str]) -> str:
    written = re.sub(r"[\s\-]+", "_", fields.get("NAME", "")).upper()
    if is_follower_name(written) and written.lower() not in taken:
        return written
    return f"FOLLOWER{number}"


def _follower(number: int, written: str, fields: Mapping[str, str], take: Take) -> None:
    def old(one: str) -> str:
        return f"FOLLOWER_{number}_{one}"

    prefix = f"FOLLOWERS__{written}__"
    for one in _ACCOUNT:
        text = fields[one].upper() if one == "USER_ID" else fields[one]
        take([old(one)], f"{prefix}{one}", text)
    if "NAME" in fields:
        take([old("NAME")], f"{prefix}USER_ID", fields["USER_ID"].upper())
    if "ENABLED" in fields:
        is_on = fields["ENABLED"].lower() == "true"
        take([old("ENABLED")], f"{prefix}ENABLED", str(is_on).lower())
    if "ENABLED_SEGMENTS" in fields:
        segments = ",".join(one.strip().upper() for one in fields["ENABLED_SEGMENTS"].split(","))
        take([old("ENABLED_SEGMENTS")], f"{prefix}SEGMENTS", segments)
    _sizes(old, prefix, fields, take)
    _limit(old, prefix, fields, take)


def _sizes(old: Callable[[str], str], prefix: str, fields: Mapping[str, str], take: Take) -> None:
    """Take the multipliers over.

    There a segment's factor stands for the whole; here it is times MULTIPLIER. So with any of
    them MULTIPLIER is 1 and every segment gets its own figure, which loses nothing to a division.
    """
    given = {one: f"{one}_MULTIPLIER" for one in _SEGMENTS if f"{one}_MULTIPLIER" in fields}
    usual = fields.get("MULTIPLIER", "1")
    if not given:
        if "MULTIPLIER" in fields:
            take([old("MULTIPLIER")], f"{prefix}MULTIPLIER", _plain(usual))
        return
    factors = {one: _plain(fields.get(given.get(one, ""), usual)) for one in _SEGMENTS}
    used = [old(one) for one in (*given.values(), "MULTIPLIER") if one in fields]
    take(used, f"{prefix}SEGMENT_MULTIPLIERS", json.dumps(factors))
    take([], f"{prefix}MULTIPLIER", "1")


def _limit(old: Callable[[str], str], prefix: str, fields: Mapping[str, str], take: Take) -> None:
    """Take the smallest of the limits per order over: here one holds in every segment."""
    limits = {
        one: fields[one]
        for one in ("MAX_POSITION", *(f"{segment}_LIMIT" for segment in _SEGMENTS))
        if one in fields
    }
    figures = [int(text) for text in limits.values() if text.isdecimal()]
    if limits:
        smallest = str(min(figures)) if len(figures) == len(limits) else next(iter(limits.values()))
        take([old(one) for one in limits], f"{prefix}MAX_ORDER_QUANTITY", smallest)


def _plain(number: str) -> str:
    """Return a number as it was, without what a float adds: ``1.0`` is ``1``."""
    try:
        plain = f"{Decimal(number).normalize():f}"
    except InvalidOperation:
        return number
    return plain
