"""Order frames as text: as they should be, or as a fault has them."""

import json
from collections.abc import Mapping

from demo.exchange.faults import UNHEARD_OF, SocketTrouble, View
from demo.exchange.shapes import shaped
from demo.exchange.wire import Row

#: What the first of two frames for one event does not know yet.
#: Source: Kite forum comments 33954 and 49596: two CANCELLED per cancellation that differ a little.
_NOT_YET: Mapping[str, object] = {
    "cancelled_quantity": 0,
    "exchange_update_timestamp": None,
    "exchange_timestamp": None,
}


def copies(frame: Row, trouble: SocketTrouble | None) -> tuple[str, ...]:
    """Return what is sent for one frame, in order."""
    text = json.dumps(_changed(frame, trouble), separators=(",", ":"))
    match trouble:
        case SocketTrouble.LOSE:
            return ()
        case SocketTrouble.DOUBLE:
            return text, text
        case SocketTrouble.REVISED:
            return json.dumps(_merged(frame, _NOT_YET), separators=(",", ":")), text
        case SocketTrouble.GARBLED:
            return (text[: len(text) // 2],)
        case _:
            return (text,)


def facts_of(frame: Row) -> tuple[str | None, str | None]:
    """Return the tag and the status that a frame tells of, which faults may look for."""
    data = frame["data"]
    if not isinstance(data, dict):
        return None, None
    tag, status = data["tag"], data["status"]
    return tag and str(tag), str(status)


def _changed(frame: Row, trouble: SocketTrouble | None) -> Row:
    data = frame["data"]
    if trouble is SocketTrouble.STRANGE and isinstance(data, dict):
        return frame | {"data": shaped(shaped(data, View.BARE), View.EXTRA), "v": 2}
    if trouble is SocketTrouble.FOREIGN:
        return frame | {"type": "order_v2"}
    if trouble is SocketTrouble.ODD_STATUS:
        return _merged(frame, {"status": UNHEARD_OF})
    return frame


def _merged(frame: Row, more: Mapping[str, object]) -> Row:
    data = frame["data"]
    return frame | {"data": data | dict(more)} if isinstance(data, dict) else frame
