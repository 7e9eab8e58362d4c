"""Whether Kite knows an api_key: its login page says so, without anybody logging in."""

from urllib.parse import urlsplit

import httpx

from bot.settings.addresses import is_loopback

_TIMEOUT_S = 10.0


def kite_key_fault(login_url: str, api_key: str) -> str | None:
    """Return what is wrong with a key, or None where Kite shows its login page or says nothing.

    Only a refusal that names the key counts: the page of a broker that is down for the night
    proves nothing.

    Source: Kite Connect docs, user (login flow): an unknown key is answered with an error there.
    """
    host = urlsplit(login_url).hostname or ""
    try:
        with httpx.Client(timeout=_TIMEOUT_S, trust_env=not is_loopback(host)) as client:
            answer = client.get(login_url, params={"v": "3", "api_key": api_key})
    except (httpx.HTTPError, httpx.InvalidURL):
        return None
    if answer.is_client_error and "api_key" in answer.text:
        return "Kite does not know this api_key. Copy it again from developers.kite.trade."
    return None
