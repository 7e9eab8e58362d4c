"""What can come back from the wire: requests and the four kinds of reply."""

import zlib
from dataclasses import dataclass
from functools import lru_cache

import msgspec
from msgspec.structs import force_setattr

#: Where a write is harmless, so that it needs no permit: the session exchange and the
#: calculators, which take a POST body but place nothing. Source: Kite Connect docs, user and margins.
_HARMLESS_POSTS = ("/margins/", "/charges/")


@lru_cache(maxsize=1024)
def _touches_orders(method: str, target: str) -> bool:
    """Return what a request needs a permit for; kept, as all orders of a burst have the same target.

    Raises:
        ValueError: The target is none.
    """
    if not target.startswith("/") or not target.isascii() or not target.isprintable():
        raise ValueError("a target is a path of printable ASCII")
    if " " in target:
        raise ValueError("a target holds no blank")
    if method == "GET":
        return False
    if method == "POST" and ".." not in target:
        harmless = target == "/session/token" or target.startswith(_HARMLESS_POSTS)
        return not harmless
    return True


class Request(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One HTTP request below the API address.

    Attributes:
        method: GET, POST, PUT or DELETE.
        target: Path with query, already percent-encoded ASCII.
        body: Form-encoded body; empty for GET and DELETE.
        json: Whether the body is JSON instead, as the calculators want it.
        gzip: Whether a compressed answer is welcome.
        needs_permit: Whether it could touch an order: everything but reads, the login and the
            calculators. Whatever is given, it is found out here.
    """

    method: str
    target: str
    body: bytes = b""
    gzip: bool = False
    json: bool = False
    needs_permit: bool = True

    def __post_init__(self) -> None:
        """Refuse a target that could end the request line early; find out what needs a permit.

        Raises:
            ValueError: A blank or a character outside printable ASCII: our bug, the codec encodes.
        """
        force_setattr(self, "needs_permit", _touches_orders(self.method, self.target))


class Response(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A complete HTTP response, whatever its status.

    Attributes:
        status: HTTP status code.
        content_type: The header, lower case; empty where absent.
        encoding: ``Content-Encoding``, lower case; empty where absent.
        retry_after: The header as received; empty where absent.
        date: The header as received; empty where absent.
        body: As received, still encoded.
    """

    status: int
    content_type: str = ""
    encoding: str = ""
    retry_after: str = ""
    date: bytes = b""
    body: bytes = b""

    def plain_body(self, limit: int) -> bytes:
        """Return the body with gzip or deflate undone.

        Args:
            limit: Most bytes to unfold to; a bomb stops there.

        Returns:
            The bytes; empty where they cannot be unfolded within the limit.
        """
        if self.encoding in ("", "identity"):
            return self.body
        if self.encoding not in ("gzip", "x-gzip", "deflate"):
            return b""
        unfold = zlib.decompressobj(wbits=47)  # 47: zlib or gzip header, told apart by itself
        try:
            body = unfold.decompress(self.body, limit)
        except zlib.error:
            return b""
        return body if unfold.eof else b""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """No byte of the request left this machine."""

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """At least one byte may have left, and no complete answer came."""

    detail: str


@dataclass(frozen=True, slots=True)
class Forbidden:
    """The permit was not given; no byte left."""


@dataclass(frozen=True, slots=True)
class NoSession:
    """Nobody is logged in; no byte left."""


Reply = Response | NotSent | Lost | Forbidden | NoSession
