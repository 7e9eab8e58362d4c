"""Positions of everybody side by side, for a picture where they are too many for text; pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from bot.pictures.values import Heading, HeatCell, HeatRow, HeatTable, is_wide
from engine.core.values.market import IST, MASTER, Product, Venue
from engine.core.values.position_views import AccountDrift, AccountPositions, PositionView

_Key = tuple[str, str, Product]


def heat_table(
    venue: Venue,
    accounts: Sequence[AccountPositions],
    drifts: Sequence[AccountDrift],
    *,
    now: datetime,
) -> HeatTable | None:
    """Return open positions as a picture; None where they fit into text, or all are flat.

    Args:
        venue: The mode now.
        accounts: All accounts.
        drifts: In what followers are not in step.
        now: The day that is named, and the time where nothing was read yet.
    """
    held = {one.account: {_key(row): row for row in one.rows} for one in accounts}
    off = {(one.account, key): units for one in drifts for key, units in _drifts(one).items()}
    keys = dict.fromkeys(
        key for rows in held.values() for key, row in rows.items() if row.net != 0 or row.copied
    )
    # What somebody should hold and nobody does has no row in any account.
    keys |= dict.fromkeys(key for (_, key), units in off.items() if units)
    followers = [one for one in accounts if one.account != MASTER]
    if not keys or not is_wide(rows=len(keys), followers=len(followers)):
        return None
    master = next((one for one in accounts if one.account == MASTER), None)
    rows = []
    for key in keys:
        cells = [HeatCell(units=None) if master is None else _cell(master, held[MASTER], key, 0)]
        cells += [
            _cell(one, held[one.account], key, off.get((one.account, key), 0)) for one in followers
        ]
        exchange, symbol, product = key
        rows.append(HeatRow(symbol=symbol, note=f"{exchange} {product}", cells=tuple(cells)))
    day = now.astimezone(IST).date()
    return HeatTable(
        heading=Heading(venue=venue, first_day=day, last_day=day),
        at=min((one.read_at for one in accounts if one.read_at is not None), default=now),
        followers=tuple(one.account for one in followers),
        rows=tuple(sorted(rows, key=_importance, reverse=True)),
    )


def _key(row: PositionView) -> _Key:
    return row.exchange, row.symbol, row.product


def _cell(
    account: AccountPositions, rows: Mapping[_Key, PositionView], key: _Key, drift: int
) -> HeatCell:
    row = rows.get(key)
    if row is not None:
        return HeatCell(units=row.net, profit=row.pnl, drift=drift)
    # On paper nothing is read: what has no row is not held.
    known = account.read_at is not None or account.venue is Venue.PAPER
    return HeatCell(units=0 if known else None, drift=drift)


def _drifts(one: AccountDrift) -> Mapping[_Key, int]:
    """Return the units each symbol lacks, or has too many where negative."""
    found = {}
    for row in one.rows:
        has = row.copied if row.observed is None else row.observed
        found[(row.exchange, row.symbol, row.product)] = row.wanted - has
    return found


def _importance(row: HeatRow) -> tuple[bool, Decimal]:
    """Rank what differs first, then what earns or loses most."""
    moved = sum((abs(cell.profit or Decimal(0)) for cell in row.cells), Decimal(0))
    return any(cell.drift for cell in row.cells), moved
