"""The way out through a proxy: HTTP CONNECT and SOCKS5."""

import asyncio
import base64
import ipaddress
import socket
import struct
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from engine.core.values.secrets import Secret

#: Longest answer to CONNECT that is read, bytes.
_HEAD_LIMIT = 16 * 1024
_DEFAULT_PORT = {"http": 8080, "socks5": 1080, "socks5h": 1080}


class ProxyError(OSError):
    """The proxy did not open the way; no byte of a request left for the broker."""

    def __init__(self, reason: str) -> None:
        super().__init__(0, reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """One proxy. ``user`` and ``password`` are None where it asks for none."""

    scheme: str
    host: str
    port: int
    user: Secret | None = None
    password: Secret | None = None

    @classmethod
    def parse(cls, url: Secret) -> "Proxy":
        """Read ``http://user:password@host:port`` or ``socks5://…``.

        Args:
            url: The setting, a secret because of its password.

        Raises:
            ValueError: Another scheme, or no host: a configuration fault. The text never quotes the URL.
        """
        try:
            parts = urlsplit(url.reveal())
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError("the proxy address cannot be read") from None
        if parts.scheme not in _DEFAULT_PORT or not host:
            raise ValueError("a proxy is http://host:port or socks5://host:port")
        return cls(
            scheme=parts.scheme,
            host=host,
            port=port or _DEFAULT_PORT[parts.scheme],
            user=Secret(unquote(parts.username)) if parts.username else None,
            password=Secret(unquote(parts.password)) if parts.password else None,
        )


async def open_tunnel(proxy: Proxy, host: str, port: int) -> socket.socket:
    """Connect to a proxy and have it connect onward.

    Args:
        proxy: The proxy.
        host: The broker's host, resolved by the proxy.
        port: The broker's port.

    Returns:
        A non-blocking socket whose next byte goes to the broker.

    Raises:
        OSError: The proxy is not there or refuses (:class:`ProxyError`).
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(
        proxy.host, proxy.port, family=socket.AF_INET, type=socket.SOCK_STREAM
    )
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setblocking(False)  # noqa: FBT003 - the standard library names no keyword
    try:
        await loop.sock_connect(sock, found[0][4])
        if proxy.scheme == "http":
            await _http_connect(sock, proxy, host, port)
        else:
            await _socks_connect(sock, proxy, host, port)
    except BaseException:
        sock.close()
        raise
    return sock


async def _http_connect(sock: socket.socket, proxy: Proxy, host: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
    if proxy.user is not None:
        password = proxy.password.reveal() if proxy.password is not None else ""
        pair = base64.b64encode(f"{proxy.user.reveal()}:{password}".encode()).decode("ascii")
        lines.append(f"Proxy-Authorization: Basic {pair}")
    await loop.sock_sendall(sock, ("\r\n".join(lines) + "\r\n\r\n").encode("ascii"))
    head = b""
    # Servers of TLS and HTTP do not speak first, so whatever follows the head would be the proxy's
    # own and is refused below.
    while b"\r\n\r\n" not in head:
        piece = await loop.sock_recv(sock, 4096)
        head += piece
        if not piece or len(head) > _HEAD_LIMIT:
            raise ProxyError("the proxy gave no answer to CONNECT")
    words = head.split(b"\r\n", 1)[0].split(b" ", 2)
    status = words[1].decode("latin-1") if len(words) > 1 else "nothing"
    if len(status) != 3 or not status.isdigit() or status[0] != "2":
        mend = ": check its user and password" if status == "407" else ""
        raise ProxyError(f"the proxy answered {status[:12]} to CONNECT{mend}")
    if head.partition(b"\r\n\r\n")[2]:
        raise ProxyError("the proxy sent more than an answer to CONNECT")


async def _socks_connect(sock: socket.socket, proxy: Proxy, host: str, port: int) -> None:
    """Speak SOCKS5. Source: RFC 1928, RFC 1929."""
    loop = asyncio.get_running_loop()
    method = 2 if proxy.user is not None else 0
    await loop.sock_sendall(sock, bytes([5, 1, method]))
    if await _exactly(sock, 2) != bytes([5, method]):
        raise ProxyError("the SOCKS proxy wants another way to log in")
    if proxy.user is not None:
        user = proxy.user.reveal().encode()
        password = (proxy.password.reveal() if proxy.password is not None else "").encode()
        if len(user) > 255 or len(password) > 255:
            raise ProxyError("the SOCKS proxy's user or password is too long")
        await loop.sock_sendall(
            sock, bytes([1, len(user)]) + user + bytes([len(password)]) + password
        )
        if (await _exactly(sock, 2))[1] != 0:
            raise ProxyError("the SOCKS proxy refused its user and password")
    await loop.sock_sendall(sock, b"\x05\x01\x00" + _socks_address(host) + struct.pack(">H", port))
    version, reply, _, kind = await _exactly(sock, 4)
    if version != 5 or reply != 0:
        raise ProxyError(f"the SOCKS proxy could not connect (reply {reply})")
    length = {1: 4, 4: 16}.get(kind)
    if length is None:
        length = (await _exactly(sock, 1))[0]
    await _exactly(sock, length + 2)


def _socks_address(host: str) -> bytes:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = host.encode("idna")
        return bytes([3, len(name)]) + name
    return bytes([1 if address.version == 4 else 4]) + address.packed


async def _exactly(sock: socket.socket, count: int) -> bytes:
    loop = asyncio.get_running_loop()
    data = b""
    while len(data) < count:
        piece = await loop.sock_recv(sock, count - len(data))
        if not piece:
            raise ProxyError("the SOCKS proxy hung up")
        data += piece
    return data
