"""One Kite account, whole: what the composition root names."""

import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from engine.brokers.kite.credentials import Credentials
from engine.brokers.kite.deadlines import Deadlines
from engine.brokers.kite.dial import Dialler, Origin, tls_context
from engine.brokers.kite.ears import Ears
from engine.brokers.kite.gateway import KiteGateway
from engine.brokers.kite.instruments import KiteInstruments
from engine.brokers.kite.proxy import Proxy
from engine.brokers.kite.reads import KiteReader
from engine.brokers.kite.session import KiteSessionDesk
from engine.brokers.kite.stream import KiteStream
from engine.brokers.kite.ticks import ListedName
from engine.brokers.kite.wire import Wire
from engine.clock import Clock
from engine.core.values.instruments import Instrument
from engine.core.values.secrets import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class KiteEndpoints:
    """Where Kite is. The defaults are the real one.

    Attributes:
        api_url: HTTPS address of the API; plain http on this machine only.
        ws_url: WSS address of the stream; plain ws on this machine only.
        login_url: The login page.
        ca_file: An extra certificate authority, PEM.
    """

    api_url: str = "https://api.kite.trade"
    ws_url: str = "wss://ws.kite.trade"
    login_url: str = "https://kite.zerodha.com/connect/login"
    ca_file: Path | None = None


def _nothing_listed(_token: int) -> Instrument | None:
    return None


def _ignore(_detail: str) -> None:
    return None


def _unheard(_ahead: timedelta) -> None:
    return None


class KiteAccount:
    """The ports of one account over one set of connections and one session.

    Attributes:
        gateway: Writes (:class:`~engine.ports.OrderGateway`).
        reader: Reads and quotes (:class:`~engine.ports.AccountReader`, ``QuoteReader``).
        stream: The socket (:class:`~engine.ports.OrderStream`).
        desk: The daily login (:class:`~engine.ports.SessionDesk`).
        instruments: The daily dump (:class:`~engine.ports.InstrumentSource`).
        way_out: Tells how its requests leave.
    """

    def __init__(  # noqa: PLR0913 - a composition root names every part once
        self,
        endpoints: KiteEndpoints,
        *,
        name: str,
        user_id: str,
        api_key: str,
        api_secret: Secret,
        permit: Callable[[], bool],
        clock: Clock,
        rng: random.Random,
        proxy: Secret | None = None,
        on_fault: Callable[[str], None] = _ignore,
        on_clock: Callable[[timedelta], None] = _unheard,
        instrument_of: Callable[[int], Instrument | None] = _nothing_listed,
        tls: ssl.SSLContext | None = None,
        deadlines: Deadlines | None = None,
        ears: Ears | None = None,
    ) -> None:
        """Put the parts together; nothing is opened yet.

        Args:
            endpoints: Where Kite is.
            name: The account's name, for messages.
            user_id: The Kite client id a session must belong to.
            api_key: The app's public key.
            api_secret: Signs the session exchange.
            permit: Asked at every write; without it no byte of one leaves.
            clock: Stamps and pauses.
            rng: Jitter of the reconnects.
            proxy: ``http://`` or ``socks5://`` way out for this account's HTTP requests.
            on_fault: Told one redacted line for every row that could not be read.
            on_clock: Told by how much our clock is ahead of the broker's; see `KiteReader`.
            instrument_of: Finds a token in today's instruments, to name ticks.
            tls: A shared context from :func:`~engine.brokers.kite.dial.tls_context`; one is made
                where it is None, which costs memory and time per account.
            deadlines: Shared by all accounts; see :class:`~engine.brokers.kite.wire.Wire`.
            ears: The same.

        Raises:
            ValueError: An address, the proxy or the api key cannot be used: a configuration fault.
            OSError: The extra certificate authority cannot be read.
        """
        context = tls if tls is not None else tls_context(endpoints.ca_file)
        credentials = Credentials(
            name=name, user_id=user_id, api_key=api_key, api_secret=api_secret
        )
        dialler = Dialler(
            origin=Origin.parse(endpoints.api_url),
            tls=context,
            proxy=Proxy.parse(proxy) if proxy is not None else None,
        )
        wire = Wire(
            dialler=dialler,
            credentials=credentials,
            permit=permit,
            deadlines=deadlines,
            ears=ears,
        )

        def find_name(token: int) -> ListedName | None:
            instrument = instrument_of(token)
            if instrument is None:
                return None
            return ListedName(instrument.exchange, instrument.symbol)

        self.name = name
        self.way_out = dialler.way_out
        self.gateway = KiteGateway(wire, credentials)
        self.reader = KiteReader(
            wire, credentials, clock=clock, on_fault=on_fault, on_clock=on_clock
        )
        self.stream = KiteStream(
            credentials,
            ws_url=endpoints.ws_url,
            tls=context,
            clock=clock,
            rng=rng,
            find_name=find_name,
        )
        self.desk = KiteSessionDesk(
            credentials,
            api_url=endpoints.api_url,
            login_url=endpoints.login_url,
            tls=context,
            clock=clock,
        )
        self.instruments = KiteInstruments(wire, on_fault=on_fault)

    async def close(self) -> None:
        """Close every HTTP connection; the stream ends with the task that runs it."""
        await self.gateway.close()
