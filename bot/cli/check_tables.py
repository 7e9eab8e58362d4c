"""What the doctor looks at of the market's own figures: tables in the program that grow old."""

from datetime import date, timedelta

from bot.cli.check_lines import doubtful, fine
from engine.core.values.views import CheckLine

#: Exchanges compute freeze quantities anew every month (Kite forum comment 46708); by then a table has
#: missed one for certain.
_FREEZE_LASTS = timedelta(days=45)
#: Zerodha and the exchanges changed what an API order must be twice in 2026: market protection and registered
#: addresses on 1 April (Kite forum discussion 15912), hours and the closing auction on 3 August (NSE circular
#: FAOP74467); by then the next change is likely.
_RULES_LAST = timedelta(days=120)


def order_rules(dated: date, today: date) -> CheckLine:
    """Say how old the program's rules of products, order types and market protection are.

    Args:
        dated: When they were last compared with what Zerodha publishes.
        today: The present day, IST.
    """
    told = f"products, order types, market protection: rules of {dated:%Y-%m-%d}"
    if today - dated <= _RULES_LAST:
        return fine(told)
    return doubtful(
        f"{told}, {(today - dated).days} days old - update the program; until then a refusal of Kite "
        "tells what has changed"
    )


def freeze_table(dated: date, today: date) -> CheckLine:
    """Say how old the table of freeze quantities is.

    Args:
        dated: When it was last compared with the exchanges' circulars.
        today: The present day, IST.
    """
    told = f"freeze quantities: table of {dated:%Y-%m-%d}"
    if today - dated <= _FREEZE_LASTS:
        return fine(told)
    return doubtful(
        f"{told}, {(today - dated).days} days old - update the program; until then an entry that is too "
        "large is refused once, an exit is sliced anew, and the figure in the refusal is kept"
    )


def exchange_days(until: date, today: date) -> CheckLine:
    """Say whether the holidays that no package tells (MCX, currency) are known for today.

    Args:
        until: The last day of which they are.
        today: The present day, IST.
    """
    told = f"exchange days: MCX and currency holidays known until {until:%Y-%m-%d}"
    if today <= until:
        return fine(told)
    return doubtful(
        f"{told} - update the program; until then the holidays of NSE hold for both, and an entry on another "
        "of their holidays is refused by the broker"
    )
