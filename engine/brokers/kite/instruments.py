"""The daily instruments dump: about a hundred thousand rows of CSV.

Source: Kite Connect docs, market quotes and instruments (generated daily; fetch after 08:30 IST).
"""

import asyncio
import csv
import hashlib
import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from engine.brokers.kite.classify import classify_read
from engine.brokers.kite.freeze import FREEZE_TABLE_DATE, freeze_quantity
from engine.brokers.kite.scalars import read_amount
from engine.brokers.kite.wire import Wire
from engine.core.values.instruments import Instrument, InstrumentBook, InstrumentKind
from engine.errors import BrokerUnavailable

_log = logging.getLogger(__name__)

#: Longest dump, bytes: 117,000 rows were about 10 MB in August 2026.
_LIMIT = 64 * 1024 * 1024
#: Seconds for the download; it is a hundred times longer than any other answer.
_TIMEOUT_S = 60.0
_COLUMNS = (
    "instrument_token",
    "tradingsymbol",
    "name",
    "expiry",
    "strike",
    "tick_size",
    "lot_size",
    "instrument_type",
    "segment",
    "exchange",
)
#: Where an order's quantity is in lots, so that one is the least there is, whatever the dump says of
#: the contract. Kite's rows have lot_size 1 there (Kite forum discussion 5094), but rows with the
#: contract's own size were reported by others; scaling by those would skip every entry.
_COUNTED_IN_LOTS = frozenset({"MCX"})
_KINDS = {kind.value: kind for kind in InstrumentKind}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedDump:
    """A dump as read: the book, and how many rows were malformed."""

    book: InstrumentBook
    malformed: int


class KiteInstruments:
    """Implements :class:`~engine.ports.InstrumentSource` over one account's wire."""

    def __init__(self, wire: Wire, *, on_fault: Callable[[str], None]) -> None:
        self._wire = wire
        self._on_fault = on_fault

    async def load(self) -> InstrumentBook:
        """Return today's instruments with freeze quantities.

        Raises:
            BrokerError: Not known; keep yesterday's book out of use and try again.
        """
        response = await self._wire.get(
            "/instruments", timeout_s=_TIMEOUT_S, limit=_LIMIT, gzip=True
        )
        if response.status != 200:
            # Error bodies are small; only the dump itself is worth a thread.
            classify_read(
                response.status,
                response.content_type,
                response.plain_body(64 * 1024),
                response.retry_after,
            )
            raise BrokerUnavailable(f"Kite answered {response.status} to /instruments")
        parsed = await asyncio.to_thread(lambda: parse_dump(response.plain_body(_LIMIT)))
        if parsed.malformed:
            detail = f"/instruments: {parsed.malformed} rows could not be read"
            _log.warning("unreadable instruments", extra={"action": "read", "detail": detail})
            self._on_fault(detail)
        return parsed.book


def parse_dump(body: bytes) -> ParsedDump:
    """Read a whole dump. Pure, and slow: about a second.

    Args:
        body: The CSV text.

    Returns:
        Equities, futures and options; indices and other kinds are left out silently.

    Raises:
        BrokerUnavailable: Not such a dump, or nothing in it can be read.
    """
    rows = csv.reader(io.StringIO(body.decode("utf-8", errors="replace"), newline=""))
    found: dict[str, Instrument] = {}
    malformed = 0
    try:
        header = [name.strip() for name in next(rows, [])]
        missing = [name for name in _COLUMNS if name not in header]
        if missing:
            raise BrokerUnavailable(f"the instruments dump lacks {', '.join(missing)}")
        places = [header.index(name) for name in _COLUMNS]
        for row in rows:
            try:
                instrument = _read_row([row[place] for place in places])
            except (ValueError, IndexError):
                malformed += 1
                continue
            if instrument is not None:
                found[instrument.key] = instrument
    except csv.Error:
        raise BrokerUnavailable("the instruments dump is not CSV") from None
    if not found:
        raise BrokerUnavailable("the instruments dump holds no instrument")
    digest = hashlib.sha256(body)
    digest.update(FREEZE_TABLE_DATE.isoformat().encode())
    book = InstrumentBook(found, content_hash=digest.hexdigest(), freeze_date=FREEZE_TABLE_DATE)
    return ParsedDump(book=book, malformed=malformed)


def _read_row(fields: Sequence[str]) -> Instrument | None:
    token, symbol, name, expiry, strike, tick, lot, kind_text, segment, exchange = fields
    kind = _KINDS.get(kind_text)
    if kind is None or segment == "INDICES":
        return None
    if not symbol or not exchange:
        raise ValueError("a row without a symbol")
    derivative = kind is not InstrumentKind.EQUITY
    return Instrument(
        exchange=exchange,
        symbol=symbol,
        token=int(token),
        kind=kind,
        name=name,
        lot_size=1 if exchange in _COUNTED_IN_LOTS else int(lot),
        tick_size=read_amount(tick),
        expiry=date.fromisoformat(expiry) if expiry else None,
        strike=read_amount(strike) if strike else Decimal(0),
        freeze_quantity=freeze_quantity(exchange, name) if derivative else None,
    )
