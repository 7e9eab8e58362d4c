"""What is set, in a line for a person."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from bot.chat.money import rupees
from bot.settings import table_followers as theirs
from bot.setup.draft import Draft


def follower_line(draft: Draft, written: str) -> str:
    """Return name, account, size, loss limit, and whether it is switched off."""
    prefix = f"FOLLOWERS__{written}__"
    limit = draft.written(f"{prefix}MAX_DAILY_LOSS")
    loss = f", may lose {amount(limit)} a day" if limit else ""
    off = "" if is_on(draft, written) else ", off"
    user_id = draft.written(f"{prefix}USER_ID") or "client id missing"
    return f"{written.lower()} {user_id} {size(draft, written)}{loss}{off}"


def size(draft: Draft, written: str) -> str:
    """Return how much is copied: ``x0.5``, by market where that differs, lots, or by capital."""
    prefix = f"FOLLOWERS__{written}__"
    sizing = draft.written(f"{prefix}SIZING").lower()
    if sizing == "fixed_lots":
        lots = draft.written(f"{prefix}FIXED_LOTS") or "1"
        return f"{lots} lot{'' if lots == '1' else 's'}"
    if sizing in {"equity", "free_margin"}:
        return "by capital"
    usual = draft.written(f"{prefix}MULTIPLIER") or "1"
    markets = by_market(draft, written)
    if not markets:
        return f"x{usual}"
    return f"x{usual} times ({', '.join(f'{one} {factor}' for one, factor in markets.items())})"


def by_market(draft: Draft, written: str) -> Mapping[str, str]:
    """Return the factors that hold for single markets; empty where there are none, or no sense."""
    text = draft.written(f"FOLLOWERS__{written}__SEGMENT_MULTIPLIERS")
    try:
        theirs.SEGMENT_MULTIPLIERS.parse(text or "{}")
    except ValueError:
        return {}
    found: Mapping[str, object] = json.loads(text or "{}", parse_float=str, parse_int=str)
    return {market: str(factor) for market, factor in found.items()}


def is_on(draft: Draft, written: str) -> bool:
    """Return whether a follower gets copies."""
    return draft.written(f"FOLLOWERS__{written}__ENABLED").lower() != "false"


def amount(text: str) -> str:
    """Return rupees as people group them; as it was typed by hand where that is no number."""
    try:
        return rupees(Decimal(text)).removesuffix(".00")
    except InvalidOperation:
        return text
