"""The exchange's fault for each trouble of a plan."""

from collections.abc import Callable
from datetime import timedelta

from demo.exchange.faults import (
    Answer,
    Fault,
    Meets,
    Operation,
    ReadFault,
    SocketFault,
    SocketTrouble,
    View,
    WriteFault,
    answer_lost,
    exchange_refuses,
    late_in_book,
    never_arrives,
    refused,
    server_error,
    stuck,
    timed_out,
)
from demo.exchange.wire import KiteError
from tests.sim.sim_plan import READ_TROUBLES, Trouble
from tests.sim.virtual_loop import OPENING

#: What an exchange says to a request that Kite had accepted.
NOT_TODAY = "The exchange did not accept the request."
#: What Kite says of an order that is in the middle of something (Kite forum 9899).
BUSY = "Order cannot be modified as it is being processed. Try later."


def fault_of(trouble: Trouble, user_id: str) -> Fault:
    """Return the exchange's fault for a trouble."""
    meets = Meets(user_id=user_id, operation=Operation(trouble.operation), nth=trouble.nth)
    kind, seconds = trouble.kind, trouble.seconds
    writes: dict[str, Callable[[], Fault]] = {
        "lost": lambda: answer_lost(meets),
        "never": lambda: never_arrives(meets),
        "margin": lambda: refused(meets, KiteError(400, "MarginException", "Insufficient funds.")),
        "429": lambda: refused(meets, KiteError(429, "NetworkException", "Too many requests")),
        "late": lambda: late_in_book(meets, seconds=seconds),
        "timed_out": lambda: timed_out(meets, booked_after_s=seconds),
        "timed_out_never": lambda: timed_out(meets, booked_after_s=None),
        "5xx_booked": lambda: server_error(meets, booked=True),
        "5xx_never": lambda: server_error(meets, booked=False, status=503, html=False),
        "truncated": lambda: WriteFault(meets=meets, answer=Answer.TRUNCATED),
        "empty": lambda: WriteFault(meets=meets, answer=Answer.EMPTY),
        "fills_first": lambda: WriteFault(meets=meets, fills_first=True),
        "exchange_refuses": lambda: exchange_refuses(meets, NOT_TODAY),
        "refuses_later": lambda: exchange_refuses(meets, NOT_TODAY, after_s=min(seconds, 8.0)),
        "stuck": lambda: stuck(meets, seconds=seconds),
        "busy": lambda: refused(meets, KiteError(400, "InputException", BUSY)),
        "not_so": lambda: refused(meets, KiteError(400, "InputException", "Invalid `price`.")),
    }
    if kind in writes:
        return writes[kind]()
    if kind in READ_TROUBLES:
        return _read_fault(kind, meets, seconds)
    return SocketFault(meets=meets, trouble=SocketTrouble(kind), seconds=min(seconds, 5.0))


def _read_fault(kind: str, meets: Meets, seconds: float) -> Fault:
    until = OPENING + timedelta(seconds=20 + min(seconds, 20))
    some = Meets(
        user_id=meets.user_id, operation=meets.operation, nth=meets.nth + 3, times=4, until=until
    )
    match kind:
        case "read_5xx":
            return ReadFault(meets=some, answer=Answer.HTML, status=503)
        case "read_429":
            error = (429, "NetworkException", "Too many requests")
            return ReadFault(meets=some, answer=Answer.ERROR, error=error)
        case "read_empty":
            return ReadFault(meets=some, view=View.EMPTY)
        case "read_partial":
            return ReadFault(meets=some, view=View.PARTIAL)
        case "read_stale":
            return ReadFault(meets=some, view=View.STALE, seconds=seconds)
        case _:
            return ReadFault(meets=some, answer=Answer.LOST)


def name_of(fault: Fault) -> str:
    """Return what kind of fault it is, without its figures."""
    match fault:
        case WriteFault():
            odd = [
                each
                for each in ("stuck_s", "hidden_s", "exchange_says", "fills_first")
                if getattr(fault, each)
            ]
            return "write: " + ", ".join(
                [f"booked {fault.booking}", f"answer {fault.answer}", *odd]
            )
        case ReadFault():
            return f"read: {fault.view}, answer {fault.answer}"
        case SocketFault():
            return f"socket: {fault.trouble}"
