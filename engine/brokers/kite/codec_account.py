"""Positions, holdings, funds, profile and quotes: wire to values. Total: see :class:`Decoded`.

Source: Kite Connect docs, portfolio, user and market quotes.
"""

from decimal import Decimal

from engine.brokers.kite.json_text import UnreadableError
from engine.brokers.kite.rows import (
    Decoded,
    Row,
    decode_rows,
    lenient,
    named,
    optional_text,
    required_text,
    row_of,
    unwrap_list,
    unwrap_object,
)
from engine.brokers.kite.scalars import read_amount, read_price, read_units, read_word, words_of
from engine.core.values.market import Product
from engine.core.values.orders import Funds, HoldingRow, PositionRow, Profile, Quote

_NOTHING = Decimal(0)
_PRODUCTS = words_of(Product)


def decode_positions(body: bytes) -> Decoded[PositionRow]:
    """Read the net positions.

    Args:
        body: The body of ``GET /portfolio/positions``.

    Raises:
        UnreadableError: The envelope is bad; the positions are not known, least of all flat.
    """
    net = unwrap_object(body).get("net")
    if not isinstance(net, list):
        raise UnreadableError("the positions hold no net list")
    return decode_rows(net, _read_position, what="position row")


def _read_position(row: Row) -> PositionRow:
    multiplier = lenient(read_amount, row.get("multiplier"), _NOTHING)
    return PositionRow(
        exchange=required_text(row, "exchange"),
        symbol=required_text(row, "tradingsymbol"),
        product=read_word(_PRODUCTS, row.get("product")),
        quantity=named("quantity", read_units, row.get("quantity")),
        overnight_quantity=lenient(read_units, row.get("overnight_quantity"), 0),
        multiplier=multiplier if multiplier >= 1 else _NOTHING,
        average_price=lenient(read_amount, row.get("average_price"), _NOTHING),
        last_price=lenient(read_amount, row.get("last_price"), _NOTHING),
        pnl=lenient(read_amount, row.get("pnl"), _NOTHING),
        close_price=lenient(read_amount, row.get("close_price"), _NOTHING),
    )


def decode_holdings(body: bytes) -> Decoded[HoldingRow]:
    """Read the delivery holdings.

    Args:
        body: The body of ``GET /portfolio/holdings``.

    Raises:
        UnreadableError: The envelope is bad; the holdings are not known.
    """
    return decode_rows(unwrap_list(body), _read_holding, what="holding row")


def _read_holding(row: Row) -> HoldingRow:
    found = row.get("mtf")
    mtf = found if isinstance(found, dict) else {}
    return HoldingRow(
        exchange=required_text(row, "exchange"),
        symbol=required_text(row, "tradingsymbol"),
        isin=optional_text(row, "isin") or "",
        quantity=named("quantity", read_units, row.get("quantity")),
        t1_quantity=named("t1_quantity", read_units, row.get("t1_quantity") or 0),
        used_quantity=named("used_quantity", read_units, row.get("used_quantity") or 0),
        mtf_quantity=named("mtf.quantity", read_units, mtf.get("quantity") or 0),
        mtf_used_quantity=named("mtf.used_quantity", read_units, mtf.get("used_quantity") or 0),
        average_price=lenient(read_amount, row.get("average_price"), _NOTHING),
        last_price=lenient(read_amount, row.get("last_price"), _NOTHING),
        pnl=lenient(read_amount, row.get("pnl"), _NOTHING),
        close_price=lenient(read_amount, row.get("close_price"), _NOTHING),
    )


def decode_funds(body: bytes) -> Funds:
    """Read spendable and used rupees.

    Args:
        body: The body of ``GET /user/margins``.

    Returns:
        The ``net`` and ``utilised.debits`` of each segment; 0 for a segment the account does not have. Debits
        that make no sense are None: nobody is refused his free margin for them.

    Raises:
        UnreadableError: Neither segment is there, or one that is makes no sense.
    """
    data = unwrap_object(body)
    segments = {key: data.get(key) for key in ("equity", "commodity")}
    if all(segment is None for segment in segments.values()):
        raise UnreadableError("the margins name no segment")
    try:
        equity, commodity = (
            _NOTHING
            if segment is None
            else named(f"{key}.net", read_amount, row_of(segment).get("net"))
            for key, segment in segments.items()
        )
    except ValueError as error:
        raise UnreadableError(f"margins: {error}") from None
    equity_used, commodity_used = (_debits_of(segment) for segment in segments.values())
    return Funds(
        equity=equity,
        commodity=commodity,
        equity_used=equity_used,
        commodity_used=commodity_used,
    )


def _debits_of(segment: object) -> Decimal | None:
    if segment is None:
        return _NOTHING
    utilised = row_of(segment).get("utilised")
    if not isinstance(utilised, dict):
        return None
    return lenient(read_amount, utilised.get("debits"), None)


def decode_profile(body: bytes) -> Profile:
    """Read whom a session belongs to.

    Args:
        body: The body of ``GET /user/profile``.

    Raises:
        UnreadableError: No user id.
    """
    data = unwrap_object(body)
    try:
        user_id = required_text(data, "user_id")
    except ValueError as error:
        raise UnreadableError(f"profile: {error}") from None
    return Profile(
        user_id=user_id,
        user_name=optional_text(data, "user_name") or "",
        exchanges=read_words(data.get("exchanges")),
        products=read_words(data.get("products")),
        demat_consent=read_consent(data.get("meta")),
    )


def read_words(value: object) -> frozenset[str]:
    """Return the words of a list; none where it is no list."""
    if not isinstance(value, list):
        return frozenset()
    return frozenset(word for word in value if isinstance(word, str))


def read_consent(meta: object) -> str | None:
    """Return ``meta.demat_consent`` of a profile or a login; None where it is not told."""
    word = meta.get("demat_consent") if isinstance(meta, dict) else None
    return word if isinstance(word, str) else None


def decode_quotes(body: bytes) -> Decoded[Quote]:
    """Read full quotes; instruments Kite does not know are simply absent.

    Args:
        body: The body of ``GET /quote``.

    Raises:
        UnreadableError: The envelope is bad.
    """
    data = unwrap_object(body)
    rows: list[Quote] = []
    faults: list[str] = []
    for index, (key, item) in enumerate(data.items()):
        try:
            rows.append(_read_quote(key, row_of(item)))
        except ValueError as error:
            faults.append(f"quote {index}: {error}")
    return Decoded(tuple(rows), tuple(faults))


def _read_quote(key: str, row: Row) -> Quote:
    exchange, colon, symbol = key.partition(":")
    if not colon or not exchange or not symbol:
        raise ValueError("the key is not EXCHANGE:SYMBOL")
    return Quote(
        exchange=exchange,
        symbol=symbol,
        instrument_token=lenient(read_units, row.get("instrument_token"), 0),
        last_price=named("last_price", read_amount, row.get("last_price")),
        bid=_best(row, "buy"),
        ask=_best(row, "sell"),
        lower_circuit=lenient(read_price, row.get("lower_circuit_limit"), None),
        upper_circuit=lenient(read_price, row.get("upper_circuit_limit"), None),
    )


def _best(row: Row, side: str) -> Decimal | None:
    """Return the best price of one side of the depth; an empty level has price or quantity 0."""
    depth = row.get("depth")
    levels = depth.get(side) if isinstance(depth, dict) else None
    if not isinstance(levels, list) or not levels or not isinstance(levels[0], dict):
        return None
    if not lenient(read_units, levels[0].get("quantity"), 0):
        return None
    return lenient(read_price, levels[0].get("price"), None)
