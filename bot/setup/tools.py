"""What the steps of the wizard are given besides the answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.settings.settings import AccountSettings
from bot.setup.asker import Asker
from bot.setup.draft import Draft
from bot.setup.telegram_api import BotApi
from engine.core.values.secrets import Secret


class LoginAtKite(Protocol):
    """A login by hand, as on every morning."""

    def page(self, account: AccountSettings) -> str:
        """Return the address to open."""
        ...

    def owner(self, account: AccountSettings, pasted: str) -> str:
        """Return the client id of whoever logged in; raises ``CopyTraderError`` where nobody did."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The wizard's world.

    Attributes:
        asker: The person.
        draft: What has been answered.
        online: Whether answers may be checked on the network.
        bot_api: Makes the Bot API's client for a token.
        kite_key_fault: Asks Kite whether it knows an api_key; returns what is wrong, or None.
        now: The wall clock.
        monotonic: Seconds, for waiting.
        pause: Waits some seconds.
        login: Logs in once to prove an account; None: not offered.
        running: Process id of the instance that runs on these settings; None: none does.
    """

    asker: Asker
    draft: Draft
    online: bool
    bot_api: Callable[[Secret], BotApi]
    kite_key_fault: Callable[[str], str | None]
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    pause: Callable[[float], None]
    login: LoginAtKite | None = None
    running: int | None = None
