"""What the chat needs to be told at start."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from engine.core.values.secrets import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """Settings of the chat; made by the composition root.

    Attributes:
        bot_token: From BotFather.
        admins: Numeric Telegram user ids that are answered; empty: nobody.
        api_url: Any Bot API server, without a slash at its end.
        totp_secret: Base32 secret behind ``/live``; None where none was set up.
        login_calls_back: Whether a browser that has logged in finds a listener of ours, so that nothing is
            to be pasted.
        require_totp: False asks for a confirmation where a code would be asked.
    """

    bot_token: Secret
    admins: frozenset[int]
    api_url: str = "https://api.telegram.org"
    totp_secret: Secret | None = None
    require_totp: bool = True
    login_calls_back: bool = False

    @property
    def api_is_local(self) -> bool:
        """Whether the Bot API server is this machine, so that no proxy may stand between."""
        host = urlsplit(self.api_url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """Seconds between attempts.

    Attributes:
        card_gap_s: Least time between two edits of one card. Telegram allows about one message a
            second per chat (Telegram Bots FAQ, "My bot is hitting limits").
        live_s: Least time between two edits of a status card that keeps itself up to date.
        retry_s: First wait after Telegram was not reached; doubles up to ``retry_max_s``.
        retry_max_s: Longest wait, so that alerts follow soon after an outage ends.
        poll_retry_max_s: Longest wait of the poll: a /stop must not lie unread for long.
    """

    card_gap_s: float = 1.0
    live_s: float = 5.0
    retry_s: float = 0.5
    retry_max_s: float = 15.0
    poll_retry_max_s: float = 2.5
