"""The wizard's login at Kite: the addresses of the settings, and what was pasted, read as ``login`` does."""

import importlib
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from typing_extensions import override

from bot.cli.login import read_pasted
from bot.settings import table
from bot.settings.settings import AccountSettings, KiteSettings, resolve_path
from bot.setup.tools import LoginAtKite
from engine.clock import Clock
from engine.core.values.secrets import Secret

_STATE_BYTES = 12

_Page = Callable[[AccountSettings, KiteSettings, Clock, str], str]
_Owner = Callable[[AccountSettings, KiteSettings, Clock, Secret], str]


class SetupLogin(LoginAtKite):
    """Implements :class:`LoginAtKite` by the code that logs in every day."""

    def __init__(self, values: Mapping[str, str], folder: Path, clock: Clock) -> None:
        """Take the addresses from the settings as they are.

        Args:
            values: The env file with the real environment over it.
            folder: The env file's.
            clock: The wall clock.
        """

        def text(name: str, default: str) -> str:
            return values.get(name, "").strip() or default

        ca_file = text(table.KITE_CA_FILE.name, "")
        self._kite = KiteSettings(
            api_url=text(table.KITE_API_URL.name, table.KITE_API_URL.default).rstrip("/"),
            ws_url=text(table.KITE_WS_URL.name, table.KITE_WS_URL.default).rstrip("/"),
            login_url=text(table.KITE_LOGIN_URL.name, table.KITE_LOGIN_URL.default).rstrip("/"),
            ca_file=resolve_path(Path(ca_file), folder) if ca_file else None,
        )
        self._clock = clock

    @override
    def page(self, account: AccountSettings) -> str:
        """Return the address to open."""
        page = cast("_Page", importlib.import_module("bot.app.login_proof").login_page)
        return page(account, self._kite, self._clock, secrets.token_urlsafe(_STATE_BYTES))

    @override
    def owner(self, account: AccountSettings, pasted: str) -> str:
        """Return the client id of whoever logged in.

        Raises:
            CopyTraderError: What was pasted is no login, or Kite refused it.
        """
        token = read_pasted(pasted).request_token
        owner = cast("_Owner", importlib.import_module("bot.app.login_proof").login_owner)
        return owner(account, self._kite, self._clock, token)
