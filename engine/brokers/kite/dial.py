"""Opening a connection: address, IPv4, proxy, TLS."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from engine.brokers.kite.proxy import Proxy, open_tunnel
from engine.brokers.kite.socket_transport import SocketTransport
from engine.core.values.proofs import WayOut

_P = TypeVar("_P", bound=asyncio.Protocol)


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def address_family(host: str) -> int:
    """Return the address family to connect with.

    Kite allows order requests from registered addresses only, and hosts with two stacks leave
    over IPv6 by surprise; so it is IPv4 everywhere but on this machine.

    Source: Kite forum discussion 15912, 2026-03.
    """
    return socket.AF_UNSPEC if is_loopback(host) else socket.AF_INET


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Build the one TLS context an installation needs; certificates are always verified.

    Args:
        ca_file: An extra certificate authority in PEM, on top of the system's.

    Raises:
        OSError: The file cannot be read (``ssl.SSLError`` is one): a configuration fault.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an HTTP server listens.

    Attributes:
        host: Name or address.
        port: TCP port.
        tls: Whether TLS is spoken.
        prefix: Path before every target; empty or ``/…`` without a final slash.
    """

    host: str
    port: int
    tls: bool
    prefix: str = ""

    @classmethod
    def parse(cls, url: str) -> "Origin":
        """Read an ``http(s)://`` address.

        Raises:
            ValueError: Not such an address, or plain http to another machine.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the API address must begin with https://")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError("plain http is allowed to this machine only")
        tls = parts.scheme == "https"
        port = parts.port or (443 if tls else 80)
        return cls(host=parts.hostname, port=port, tls=tls, prefix=parts.path.rstrip("/"))

    @property
    def authority(self) -> str:
        """The value of the ``Host`` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialler:
    """Opens connections to one origin.

    Attributes:
        origin: Where to.
        tls: The context for ``https`` origins.
        proxy: The way out, or None for the direct one.
        timeout_s: Seconds for name, TCP, proxy and TLS together.
    """

    origin: Origin
    tls: ssl.SSLContext
    proxy: Proxy | None = None
    timeout_s: float = 5.0

    async def dial(self, make: Callable[[], _P]) -> _P:
        """Open one connection.

        Args:
            make: Makes the protocol.

        Returns:
            The connected protocol.

        Raises:
            OSError: Not connected (``TimeoutError`` and ``ssl.SSLError`` are such): no byte of any
                request left.
        """
        origin = self.origin
        async with asyncio.timeout(self.timeout_s):
            if self.proxy is None:
                sock = await _connect(origin.host, origin.port)
            else:
                sock = await open_tunnel(self.proxy, origin.host, origin.port)
            if origin.tls:
                sock = await _shake_hands(sock, self.tls, origin.host)
        protocol = make()
        SocketTransport(sock, protocol)
        return protocol

    async def way_out(self) -> WayOut:
        """Tell how requests leave, without sending a byte to the broker; never raises.

        Through a proxy Kite sees the proxy's address, or one behind it that only its owner knows.
        """
        proxied = self.proxy is not None
        peer = self.proxy or self.origin
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.timeout_s):
                found = await loop.getaddrinfo(
                    peer.host, peer.port, family=socket.AF_INET, type=socket.SOCK_DGRAM
                )
        except (OSError, UnicodeError):  # a name that is too long is no OSError
            return WayOut(proxied=proxied)
        return WayOut(
            proxied=proxied, address=str(found[0][4][0]) if proxied else _own(found[0][4])
        )


async def _connect(host: str, port: int) -> socket.socket:
    """Connect to the first of a host's addresses that answers."""
    loop = asyncio.get_running_loop()
    family, kind = address_family(host), socket.SOCK_STREAM
    try:
        # A number needs no look-up, and so no thread.
        found = socket.getaddrinfo(host, port, family, kind, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        found = await loop.getaddrinfo(host, port, family=family, type=kind)
    failure: OSError = OSError("the server's name has no address")
    for one_family, one_kind, protocol, _, address in found:
        sock = socket.socket(one_family, one_kind, protocol)
        sock.setblocking(False)  # noqa: FBT003 - the standard library names no keyword
        try:
            await loop.sock_connect(sock, address)
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failure


async def _shake_hands(sock: socket.socket, tls: ssl.SSLContext, host: str) -> ssl.SSLSocket:
    """Begin TLS on a connected socket, which is closed where that fails; verifies the certificate."""
    loop = asyncio.get_running_loop()
    try:
        wrapped = tls.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    except BaseException:
        sock.close()
        raise
    try:
        while True:
            try:
                wrapped.do_handshake()
            except ssl.SSLWantReadError:
                await _until(wrapped, loop.add_reader, loop.remove_reader)
            except ssl.SSLWantWriteError:
                await _until(wrapped, loop.add_writer, loop.remove_writer)
            else:
                return wrapped
    except BaseException:
        wrapped.close()
        raise


async def _until(
    sock: socket.socket, add: Callable[..., None], remove: Callable[[int], object]
) -> None:
    """Wait until a socket can be read or written."""
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    number = sock.fileno()
    add(number, _set, ready)
    try:
        await ready
    finally:
        remove(number)


def _set(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def _own(peer: tuple[object, ...]) -> str:
    """Return the address this machine would send from to a peer; a datagram socket sends nothing by it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(peer)
            return str(probe.getsockname()[0])
        except OSError:
            return ""


def describe_failure(error: OSError) -> str:
    """Put a failure to connect into one line that holds no address and no secret."""
    if isinstance(error, ssl.SSLCertVerificationError):
        # Only OpenSSL itself says more than that; an error raised by Python has no such field.
        why = getattr(error, "verify_message", "not verified")
        return f"the server's certificate is not trusted: {why}"
    if isinstance(error, TimeoutError):
        return "no connection in time"
    if isinstance(error, socket.gaierror):
        return "the server's name cannot be resolved"
    return f"no connection ({type(error).__name__}: {error.strerror or 'no reason given'})"
