"""The switches of the exchange: what Kite is known to do, and where reports conflict."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRules:
    """How much one account, or one app, may ask for.

    Order limits hold per account and count placing, modifying and cancelling together, whatever
    came of the request; the day's cap counts placements only.

    Source: Kite forum comments 52882 (2026-08) and 51959 (2026-02); calendar-second window:
    tradingqna.com topic 181989.
    """

    orders_per_second: int = 10
    orders_per_minute: int = 400
    placements_per_day: int = 5_000
    modifications_per_order: int = 25
    reads_per_second: int = 10
    quotes_per_second: int = 1
    candles_per_second: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionTimes:
    """When the closing auction of shares with derivatives is held, Indian time.

    The real one closes at random in its last two minutes. Source: NSE circular CMTR/74466.
    """

    starts: time = time(15, 15)
    limits_only: time = time(15, 25)
    ends: time = time(15, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRules:
    """Behaviour that differs between reports, days or accounts.

    Attributes:
        always_open: Trade at any hour of any day; else the sessions of `demo.exchange.hours`.
        limits: Request limits.
        alphanumeric_tags: Refuse tags with other characters. The docs ask for alphanumeric; staff
            say that others pass today (Kite forum comment 52970), so the strict reading is default.
        processing_s: Seconds an order spends in ``OPEN PENDING`` before the exchange has it.
        quantity_means_total: A modification's ``quantity`` is the order's total, not its
            remainder. Undocumented; total is what Kite's own screens do.
        modification_limit_status: HTTP status with which the 26th modification is refused; the
            reports (Kite forum 9201) name only the class ``NetworkException``.
        second_session_kills: A new session on an api_key ends the one before.
        token_flush: When access tokens die each day, Indian time.
        close_sockets_with_token: Close open sockets when their token dies; some live on for ever
            (Kite forum comment 10495).
        silence_sockets_with_token: Leave them open then, but send nothing more.
        silent_statuses: Order statuses for which no socket frame is sent at all. Staff once said
            that mere placement sends none (Kite forum 3093); users in 2025 do receive ``OPEN``.
        partial_fill_status: What a socket calls a partial fill: ``UPDATE``, at times ``OPEN`` (Kite
            forum comment 34014).
        iceberg_gap_s: Seconds from the fill of an iceberg's leg to the placing of the next.
        square_off_times: By exchange, when RMS squares intraday positions off and fresh ones are
            refused; none by default. The classic times are 15:20 for equity and 15:25 for F&O
            (Zerodha support, auto square-off); those since the closing auction are not published.
        closing_auction: When the clock holds the closing auctions of NSE and BSE; None leaves them
            to a plan.
        extra_holidays: Days on which all exchanges are shut besides weekends and the listed
            holidays, as for an election.
        rms_user: What ``placed_by`` says of RMS's own orders.
        limit_price_protection: Refuse limits of derivatives that are far from the last price.
            Source: BSE notice of 2026-06-29.
        sockets_per_key: Open sockets allowed per api_key; the next upgrade gets 429.
        tokens_per_socket: Subscriptions allowed per socket.
    """

    always_open: bool = True
    limits: LimitRules = field(default_factory=LimitRules)
    alphanumeric_tags: bool = True
    processing_s: float = 0.0
    quantity_means_total: bool = True
    modification_limit_status: int = 400
    second_session_kills: bool = True
    token_flush: time = time(6, 0)
    close_sockets_with_token: bool = False
    silence_sockets_with_token: bool = False
    silent_statuses: frozenset[str] = frozenset()
    partial_fill_status: str = "UPDATE"
    iceberg_gap_s: float = 0.0
    square_off_times: Mapping[str, time] = field(default_factory=dict)
    closing_auction: AuctionTimes | None = None
    extra_holidays: frozenset[date] = frozenset()
    rms_user: str = "RMS"
    limit_price_protection: bool = False
    sockets_per_key: int = 3
    tokens_per_socket: int = 3_000
