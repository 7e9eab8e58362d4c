"""Accepted connections: TLS by hand, so that the kernel's own receive stamp can be had.

An order has arrived when its last byte has reached this machine's socket, however busy the process
behind it is. Linux stamps that moment (SO_TIMESTAMPNS, socket(7)); where it cannot be had, the
moment the bytes are read is taken and the table says so.
"""

import asyncio
import socket
import ssl
import struct
import sys
import time
from collections.abc import Callable, Iterable

#: Bytes read at once; the longest request is far shorter.
_CHUNK = 64 * 1024
#: ``SO_TIMESTAMPNS`` of Linux's asm-generic/socket.h, which the socket module does not name; the
#: ancillary message is of the same number and holds a ``struct timespec``.
_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@qq")
_ROOM = socket.CMSG_SPACE(_TIMESPEC.size)

#: Connections that wait to be accepted: a thousand followers may open theirs at once. The kernel
#: takes fewer where its own limit is lower (net.core.somaxconn, 4096 since Linux 5.4).
_BACKLOG = 4096

#: Takes plain bytes and the nanosecond (CLOCK_REALTIME) at which the last of them arrived.
Take = Callable[[bytes, int], None]


class Connection:
    """One accepted connection."""

    def __init__(
        self, sock: socket.socket, tls: ssl.SSLContext, *, gone: Callable[["Connection"], None]
    ) -> None:
        """Begin the handshake; set :attr:`take` before anything can arrive."""
        self.take: Take = _ignore
        self.closed: Callable[[], None] = _nothing
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._gone = gone
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = tls.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._shaken = False
        self._unsent = bytearray()
        sock.settimeout(0)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        has_kernel_stamps(sock)
        self._loop.add_reader(sock.fileno(), self._readable)

    def write(self, data: bytes) -> int:
        """Send; return the nanosecond (CLOCK_REALTIME) just before the bytes were handed over."""
        if self._sock.fileno() < 0:
            return 0
        self._tls.write(data)
        at_ns = time.time_ns()
        self._flush()
        return at_ns

    def close(self) -> None:
        """Close, once."""
        number = self._sock.fileno()
        if number < 0:
            return
        self._loop.remove_reader(number)
        self._loop.remove_writer(number)
        self._sock.close()
        self._gone(self)
        self.closed()

    def _readable(self) -> None:
        try:
            data, ancillary, _, _ = self._sock.recvmsg(_CHUNK, _ROOM)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data, ancillary = b"", []
        if not data:
            self.close()
            return
        at_ns = _stamp(ancillary) or time.time_ns()
        self._incoming.write(data)
        try:
            plain = self._plain()
        except ssl.SSLError:
            self.close()
            return
        self._flush()
        if plain:
            self.take(plain, at_ns)

    def _plain(self) -> bytes:
        parts = []
        try:
            if not self._shaken:
                self._tls.do_handshake()
                self._shaken = True
            while part := self._tls.read(_CHUNK):
                parts.append(part)
        except ssl.SSLWantReadError:
            pass
        return b"".join(parts)

    def _flush(self) -> None:
        self._unsent += self._outgoing.read()
        try:
            while self._unsent:
                del self._unsent[: self._sock.send(self._unsent)]
        except (BlockingIOError, InterruptedError):
            self._loop.add_writer(self._sock.fileno(), self._flush)
        except OSError:
            self.close()
        else:
            if self._sock.fileno() >= 0:
                self._loop.remove_writer(self._sock.fileno())


class Listener:
    """Accepts connections on a free port of this machine."""

    def __init__(self, tls: ssl.SSLContext, accepted: Callable[[Connection], None]) -> None:
        """Listen at once.

        Args:
            tls: With the broker's certificate.
            accepted: Gives each new connection its :attr:`Connection.take`.
        """
        self.connections: set[Connection] = set()
        self._tls = tls
        self._accepted = accepted
        self._sock = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        self._sock.settimeout(0)
        #: Whether arrivals are stamped by the kernel, not when they are read.
        self.kernel_stamps = has_kernel_stamps(self._sock)
        asyncio.get_running_loop().add_reader(self._sock.fileno(), self._accept)

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self._sock.getsockname()[1])

    def close(self) -> None:
        """Close everything."""
        asyncio.get_running_loop().remove_reader(self._sock.fileno())
        self._sock.close()
        for connection in tuple(self.connections):
            connection.close()

    def _accept(self) -> None:
        try:
            sock, _ = self._sock.accept()
        except OSError:
            return
        connection = Connection(sock, self._tls, gone=self.connections.discard)
        self.connections.add(connection)
        self._accepted(connection)


def has_kernel_stamps(sock: socket.socket) -> bool:
    """Ask the kernel for receive stamps; return whether it gives them."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    except OSError:
        return False
    return True


def _stamp(ancillary: Iterable[tuple[int, int, bytes]]) -> int | None:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = _TIMESPEC.unpack(data[: _TIMESPEC.size])
            return int(seconds) * 1_000_000_000 + int(nanoseconds)
    return None


def _ignore(_data: bytes, _at_ns: int) -> None:
    return None


def _nothing() -> None:
    return None
