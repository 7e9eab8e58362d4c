"""What the owners are told of a start that was refused, and how: the chat itself is not up."""

import importlib
from collections.abc import Sequence
from datetime import datetime

from bot.chat.times import clock_time
from engine.core.values.counts import counted
from engine.core.values.market import IST, Venue
from engine.core.values.secrets import Secret


def refusal(venue: Venue | None, faults: Sequence[str], now: datetime) -> str:
    """Return the alert, in plain text.

    Args:
        venue: The mode of the store; None where it could not be read, which may be real money.
        faults: Why, a line each with its mend; at least one.
        now: Now.
    """
    mode = venue.label if venue is not None else "LIVE or PAPER, not known"
    first, *others = faults
    more = f"\nand {counted(len(others), 'more fault')}: copytrader check names them" * bool(others)
    text = f"kitecopytrader did not start: {first}"
    return (
        f"{mode} · {text}{more}\n"
        "Nothing is being copied, exits neither. Open positions and resting orders stay as they are.\n"
        "Mend it on the server and start the program again; close in Kite what cannot wait.\n"
        f"{now.astimezone(IST):%d %b} {clock_time(now)} IST"
    )


def by_telegram(api_url: str, token: Secret, chat_id: int, text: str) -> None:
    """Send one text to a chat.

    Raises:
        CopyTraderError: It was not taken; the text says why.
    """
    # Imported late: no start that goes well pays for it.
    make = importlib.import_module("bot.setup.telegram_api").HttpBotApi
    make(api_url, token).tell(chat_id, text)
