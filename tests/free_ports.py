"""Ports to listen on that nobody else's connection takes meanwhile."""

import random
import socket

#: Below what systems give to those who connect, from 32768 on with Linux (ip_local_port_range) and from 49152 by
#: RFC 6335: a port from there may be a stranger's by the time that it is listened on.
_FROM, _TO = 15_000, 30_000


def free_port() -> int:
    """Return a port of this machine on which nobody listens."""
    while True:
        port = random.randrange(_FROM, _TO)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
