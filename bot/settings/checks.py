"""What is wrong between settings that are each right by themselves."""

from urllib.parse import urlsplit

from bot.settings import table as common
from bot.settings import table_followers as theirs
from bot.settings.addresses import is_loopback
from bot.settings.reading import Reading
from bot.settings.table import Calendar
from engine.core.values.market import MASTER


def check_calendar(reading: Reading) -> None:
    """Refuse the calendar of demo and tests while Kite is not on this machine."""
    if not reading.ok(common.MARKET_CALENDAR) or not reading.ok(common.KITE_API_URL):
        return
    host = urlsplit(reading.value(common.KITE_API_URL)).hostname or ""
    if reading.value(common.MARKET_CALENDAR) is Calendar.ALWAYS_OPEN and not is_loopback(host):
        reading.fault(
            "MARKET__CALENDAR: always_open needs a KITE__API_URL on this machine - use nse"
        )


def check_accounts(reading: Reading) -> None:
    """Refuse two followers of one name and one Kite account in two places."""
    names: dict[str, str] = {}
    owners: dict[str, str] = {}
    if reading.ok(common.MASTER_USER_ID):
        owners[reading.value(common.MASTER_USER_ID)] = "the master"
    for written in reading.followers:
        prefix, name = f"FOLLOWERS__{written}", written.lower()
        if name == MASTER:
            reading.fault(f"{prefix}__USER_ID: a follower may not be named master - rename it")
        if name in names:
            reading.fault(f"{prefix}__USER_ID: same name as {names[name]} - rename one of them")
        names.setdefault(name, prefix)
        if not reading.ok(theirs.USER_ID, written):
            continue
        user_id = reading.value(theirs.USER_ID, written)
        if user_id in owners:
            reading.fault(
                f"{prefix}__USER_ID: {user_id} is {owners[user_id]} already - each account once"
            )
        owners.setdefault(user_id, f"follower {name}")


def check_listener(reading: Reading) -> None:
    """Refuse a login callback that a network could read: plain HTTP stays on this machine."""
    if not reading.ok(common.LISTENER_BIND) or not reading.ok(common.LISTENER_PUBLIC_URL):
        return
    bind, public_url = (
        reading.value(common.LISTENER_BIND),
        reading.value(common.LISTENER_PUBLIC_URL),
    )
    if bind is None:
        if public_url is not None:
            reading.fault(
                "LISTENER__PUBLIC_URL: LISTENER__BIND is off - set it too, or remove both"
            )
        return
    if not is_loopback(bind[0]) and not (public_url or "").startswith("https:"):
        reading.fault(
            "LISTENER__BIND: is plain HTTP and not only on this machine - use 127.0.0.1, or put a proxy with TLS "
            "before it and set LISTENER__PUBLIC_URL to its https address"
        )
