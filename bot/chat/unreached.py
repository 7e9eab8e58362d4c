"""That Telegram does not answer, for who looks elsewhere: the terminal's status, the doctor."""

from datetime import datetime, timedelta

from bot.chat.times import clock_time

#: Seconds without an answer after which it is a problem: a long poll takes 10 s, and a dead connection is
#: noticed within 15 s (`bot/chat/polling.py`).
UNREACHED_S = 30.0


def unreached(silent_s: float, *, now: datetime) -> str:
    """Return what is wrong, with the mend; empty where Telegram has answered lately.

    Args:
        silent_s: Seconds since it last did.
        now: For when that was.
    """
    if silent_s <= UNREACHED_S:
        return ""
    since = clock_time(now - timedelta(seconds=silent_s))[:5]
    return (
        f"Telegram does not answer since {since}: nothing sent there is read, alerts wait. Copying goes on - why: "
        "copytrader check --online; to stop entries: copytrader kill; to log in: copytrader login"
    )
