"""The exchanges' holidays, from the ``holidays`` package."""

from datetime import date

import holidays


def exchange_holidays(year: int) -> frozenset[date]:
    """Return the days on which NSE does not trade, for a year and the next.

    Source: the ``holidays`` package's NSE calendar (financial market ``XNSE``), which follows the
    exchange's yearly circular. Ad-hoc days are not in it; then the exchange simply does not answer
    and nothing is copied because nothing is traded.
    """
    return frozenset(holidays.financial_holidays("XNSE", years=(year, year + 1)))
