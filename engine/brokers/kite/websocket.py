"""Opening the socket, and saying why it ended, without showing what is in its address."""

import logging
import ssl
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from typing_extensions import override
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from engine.brokers.kite.credentials import Credentials
from engine.brokers.kite.dial import address_family, describe_failure
from engine.brokers.kite.frame_socket import FrameSocket

_log = logging.getLogger(__name__)

#: Seconds for name, TCP, TLS and upgrade together.
_OPEN_TIMEOUT_S = 10.0
#: Longest frame, bytes: 3,000 full tick packets are 558,000.
_MAX_FRAME = 4 * 1024 * 1024


class _Silent(logging.LoggerAdapter[logging.Logger]):
    """Keeps the websocket library quiet at every level: it logs URLs, and ours hold the token."""

    @override
    def isEnabledFor(self, level: int) -> bool:
        return False


class _Connect(connect):
    """Follows no redirect: it would carry the token elsewhere."""

    @override
    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamAddress:
    """Where the socket is. Kite wants the session in the URL, so no URL is ever kept or shown."""

    url: str
    family: int
    tls: ssl.SSLContext | None

    @classmethod
    def parse(cls, ws_url: str, *, tls: ssl.SSLContext) -> "StreamAddress":
        """Read ``wss://…``, or ``ws://…`` on this machine.

        Raises:
            ValueError: Not such an address: a configuration fault.
        """
        parts = urlsplit(ws_url)
        if parts.scheme not in ("ws", "wss") or not parts.hostname:
            raise ValueError("the stream's address must begin with wss://")
        family = address_family(parts.hostname)
        if parts.scheme == "ws" and family:
            raise ValueError("plain ws is allowed to this machine only")
        return cls(
            url=ws_url.rstrip("/"), family=family, tls=tls if parts.scheme == "wss" else None
        )

    def opener(self, *, api_key: str, access_token: str) -> connect:
        """Return what opens one socket, as a context manager.

        Proxies of the environment are ignored: order updates may come from anywhere.
        """
        query = urlencode({"api_key": api_key, "access_token": access_token})
        return _Connect(
            f"{self.url}?{query}",
            ssl=self.tls,
            family=self.family,
            proxy=None,
            create_connection=FrameSocket,
            compression=None,
            additional_headers={"X-Kite-Version": "3"},
            user_agent_header="kitecopytrader",
            open_timeout=_OPEN_TIMEOUT_S,
            ping_interval=None,
            close_timeout=1.0,
            max_size=_MAX_FRAME,
            logger=_Silent(_log),
        )


@dataclass(frozen=True, slots=True)
class SocketEnd:
    """Why a socket ended. ``refused``: trying again soon will not help."""

    reason: str
    refused: bool = False


def describe_end(error: OSError | WebSocketException, credentials: Credentials) -> SocketEnd:
    """Put the end of a socket into words without an address, and tell a refusal apart."""
    match error:
        case InvalidStatus(response=response) if response.status_code == 403:
            return SocketEnd("session refused", refused=True)
        case InvalidStatus(response=response):
            status = response.status_code
            return SocketEnd(f"the upgrade was answered with {status}", refused=status == 429)
        case ConnectionClosed():
            frame = error.rcvd or error.sent
            if frame is None:
                return SocketEnd("the connection was lost")
            return SocketEnd(credentials.redact(f"closed with {frame.code} {frame.reason}"))
        case OSError():
            return SocketEnd(describe_failure(error))
        case _:
            return SocketEnd(f"no WebSocket there ({type(error).__name__})")
