"""One login while nothing runs, only to prove that id, api_key and api_secret belong together."""

import asyncio

from bot.settings.settings import AccountSettings, KiteSettings
from engine.brokers.kite.credentials import Credentials
from engine.brokers.kite.dial import tls_context
from engine.brokers.kite.session import KiteSessionDesk
from engine.clock import Clock
from engine.core.values.secrets import Secret


def login_page(one: AccountSettings, kite: KiteSettings, clock: Clock, state: str) -> str:
    """Return the address at which the account's owner logs in."""
    return _desk(one, kite, clock).login_url(state)


def login_owner(
    one: AccountSettings, kite: KiteSettings, clock: Clock, request_token: Secret
) -> str:
    """Trade a request token and return whose login it was; the session itself is let go.

    Raises:
        LoginRefused: The token, the key or the secret is wrong; the text is for a person.
        BrokerUnavailable: No usable answer.
    """
    return asyncio.run(_desk(one, kite, clock).exchange(request_token)).user_id


def _desk(one: AccountSettings, kite: KiteSettings, clock: Clock) -> KiteSessionDesk:
    credentials = Credentials(
        name=one.name, user_id=one.user_id, api_key=one.api_key, api_secret=one.api_secret
    )
    return KiteSessionDesk(
        credentials,
        api_url=kite.api_url,
        login_url=kite.login_url,
        tls=tls_context(kite.ca_file),
        clock=clock,
    )
