"""Parsers of settings that are network addresses; like ``settings_parsers``, never quoting them."""

import ipaddress
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from engine.core.values.secrets import Secret


def is_loopback(host: str) -> bool:
    """Return whether a host name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError("is not an address - write scheme://host[:port]") from None
    if not parts.scheme or not parts.hostname:
        raise ValueError("is not an address - write scheme://host[:port]")
    return parts


def url(secure: str, plain: str) -> Callable[[str], str]:
    """Return a parser of addresses: ``secure`` anywhere, ``plain`` on this machine only."""

    def parse(value: str) -> str:
        parts = _split(value)
        if parts.scheme not in {secure, plain}:
            raise ValueError(f"starts with {parts.scheme!r} - use {secure}://")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("carries more than scheme, host and path - remove the rest")
        if parts.scheme == plain and not is_loopback(parts.hostname or ""):
            raise ValueError(f"is unencrypted and not on this machine - use {secure}://")
        return value.rstrip("/")

    return parse


https_url = url("https", "http")
wss_url = url("wss", "ws")


def secret_https_url(value: str) -> Secret:
    """Return an https address that is itself a secret, such as a webhook."""
    return Secret(https_url(value))


def secret_url(*schemes: str) -> Callable[[str], Secret]:
    """Return a parser of addresses that hold a password or token; the text is never quoted."""

    def parse(value: str) -> Secret:
        if _split(value).scheme not in schemes:
            raise ValueError(f"does not start with one of {', '.join(schemes)} - correct it")
        return Secret(value)

    return parse


def smtp_url(value: str) -> Secret:
    """Return ``smtp(s)://user:pass@host:port``; the text is never quoted."""
    found = secret_url("smtp", "smtps")(value)
    parts = _split(value)
    if bool(parts.username) != bool(parts.password):
        raise ValueError("has a user without a password, or the reverse - give both or neither")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(
            "carries more than user, password, host and port - write / as %2F, ? as %3F and # as"
            " %23 in a password"
        )
    return found


def host_port(value: str) -> tuple[str, int]:
    """Return ``host:port``; IPv6 hosts in brackets."""
    parts = _split(f"tcp://{value}")
    if parts.port is None or parts.path or parts.username:
        raise ValueError("is not host:port - write e.g. 127.0.0.1:8080")
    return parts.hostname or "", parts.port


def loopback_port(value: str) -> tuple[str, int]:
    """Return ``host:port`` on this machine."""
    host, port = host_port(value)
    if not is_loopback(host):
        raise ValueError(f"{host!r} is not this machine - use 127.0.0.1:{port}")
    return host, port
