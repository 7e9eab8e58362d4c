"""What may be concluded of an error that Kite answers to a write, said independently of the code."""

from dataclasses import dataclass
from decimal import Decimal

from engine.core.values.commands import Cancel, Command, Modify, Priority, RefusalKind
from engine.core.values.market import AccountName, OrderId, Venue
from tests.contracts.kite.kite_servers import a_place

ORDER_ID = "1953341975595868160"
OPERATIONS: dict[str, Command] = {
    "place": a_place(),
    "modify": Modify(
        intent_id="KCaa0001m1", venue=Venue.LIVE, follower=AccountName("asha"), mode_epoch=1,
        priority=Priority.MODIFY, order_id=OrderId(ORDER_ID), price=Decimal("25000.10"),
    ),
    "cancel": Cancel(
        intent_id="KCaa0001x1", venue=Venue.LIVE, follower=AccountName("asha"), mode_epoch=1,
        order_id=OrderId(ORDER_ID),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Text:
    """What Kite says, and what follows from it.

    Attributes:
        definite: Kinds of refusal by (status, error type); what is not in here is unknown.
    """

    words: str
    definite: dict[tuple[int, str], RefusalKind]


#: Kite's own validation, before anything is sent on (Kite Connect docs, exceptions).
VALIDATION = {
    (400, "InputException"): RefusalKind.INPUT,
    (400, "OrderException"): RefusalKind.INPUT,
}
#: Funds and shares, by their own types (Kite Connect docs, exceptions).
MEANS = {
    (400, "MarginException"): RefusalKind.MARGIN,
    (400, "HoldingException"): RefusalKind.HOLDINGS,
}
#: No session or not allowed (Kite Connect docs, exceptions; forum discussion 15912).
NOT_ALLOWED = {
    (403, "TokenException"): RefusalKind.SESSION,
    (403, "PermissionException"): RefusalKind.PERMISSION,
}
ORDINARY = VALIDATION | MEANS | NOT_ALLOWED


def _all(kind: RefusalKind, *, of: dict[tuple[int, str], RefusalKind]) -> dict:
    return dict.fromkeys(of, kind)


#: 429 stands beside all of these: whatever its body, unless that speaks of a time-out or the book.
TEXTS = (
    Text("Something about the order is wrong.", ORDINARY),
    # Placed eight seconds later, with this very answer (Kite forum comment 35732).
    Text(
        "Order request timed out. Please check the order book and confirm before placing again.", {}
    ),
    Text("Gateway timeout", {}),
    Text("Please check the orderbook.", {}),
    Text("", {}),
    # Forum comment 52991 (protection), discussion 15912 (addresses), comment 9899 (busy).
    Text(
        "Market orders without market protection are not allowed via API. Please set market "
        "protection or use a Limit order.",
        ORDINARY,
    ),
    Text(
        "IP (10.0.0.1) is not allowed to place orders for this app.",
        _all(RefusalKind.PERMISSION, of=VALIDATION | MEANS) | NOT_ALLOWED,
    ),
    Text(
        "No IPs configured for this app. Add allowed IPs on the Kite developer console.",
        _all(RefusalKind.PERMISSION, of=VALIDATION | MEANS) | NOT_ALLOWED,
    ),
    Text(
        "Order cannot be modified as it is being processed. Try later.",
        _all(RefusalKind.BUSY, of=VALIDATION | MEANS) | NOT_ALLOWED,
    ),
    Text("Your order is being processed.", NOT_ALLOWED),
    Text(
        "Insufficient funds. Required margin is 95417.84 but available margin is 74251.80.",
        _all(RefusalKind.MARGIN, of=VALIDATION | MEANS) | NOT_ALLOWED,
    ),
    # HTTP 428: shares to be sold are not authorised (Kite Connect docs, portfolio). Of the type
    # nothing is documented, so any goes.
    Text(
        "10 quantity needs authorisation at depository.",
        ORDINARY | {(428, "*"): RefusalKind.HOLDINGS},
    ),
    # The limits of a minute and a day come under more than one type (forum comment 51118).
    Text(
        "Maximum allowed order requests exceeded.",
        _all(RefusalKind.RATE, of=VALIDATION | MEANS)
        | {(400, "NetworkException"): RefusalKind.RATE}
        | NOT_ALLOWED,
    ),
    # Forum discussion 9201: 25 changes of one order.
    Text(
        "Maximum allowed order modifications exceeded.",
        ORDINARY | {(400, "NetworkException"): RefusalKind.INPUT},
    ),
    # A third party saw missing credentials so in 2026-08.
    Text(
        "Invalid `api_key` or `access_token`.",
        _all(RefusalKind.SESSION, of=VALIDATION | MEANS) | NOT_ALLOWED,
    ),
)
DOUBT = ("timed out", "timeout", "order book", "orderbook")
STATUSES = (
    100, 199, 200, 201, 202, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 405, 408, 409, 413,
    422, 425, 428, 429, 499, 500, 501, 502, 503, 504, 520, 522, 524, 599,
)  # fmt: skip
TYPES = (
    "TokenException", "PermissionException", "UserException", "TwoFAException", "OrderException",
    "InputException", "MarginException", "HoldingException", "NetworkException", "DataException",
    "GeneralException", "tokenexception", "NeverHeardOfException", "", None, 5,
)  # fmt: skip


def of_error(status: int, error_type: object, text: Text) -> RefusalKind | None:
    """Return the kind of refusal of an error in JSON, None where the write is of unknown fate."""
    if any(each in text.words.lower() for each in DOUBT):
        return None
    if status == 429:
        return RefusalKind.RATE
    if (status, "*") in text.definite:
        return text.definite[status, "*"]
    return text.definite.get((status, error_type)) if isinstance(error_type, str) else None


def may_be_refused(status: int, content_type: str, body: object) -> bool:
    """Tell whether the list above has a place for this answer at all, whatever its words."""
    if status == 429:
        return True
    if "json" not in content_type or not isinstance(body, dict) or body.get("status") != "error":
        return False
    message, error_type = body.get("message"), body.get("error_type")
    if (
        not isinstance(message, str)
        or not message
        or any(each in message.lower() for each in DOUBT)
    ):
        return False
    known = {cell for text in TEXTS for cell in text.definite}
    return (status, error_type) in known if isinstance(error_type, str) else status == 428
