"""Bodies of answers to a write that are no errors in JSON: which of them tell of an order."""

import json

from tests.contracts.kite.outcome_rule import ORDER_ID

ACCEPTED = {"status": "success", "data": {"order_id": ORDER_ID}}
REFUSING = {"status": "error", "message": "Wrong.", "data": None, "error_type": "InputException"}
JSON, HTML, PLAIN = "application/json", "text/html; charset=utf-8", "text/plain"


def success(order_id: object) -> bytes:
    return json.dumps({"status": "success", "data": {"order_id": order_id}}).encode()


#: Body class: (content type, body). Of these only the first three ever tell of an order.
TELLING = {
    "accepted": (JSON, success(ORDER_ID)),
    "accepted, number": (JSON, success(int(ORDER_ID))),
    "accepted, with a charset": ("application/json; charset=utf-8", success(ORDER_ID)),
}
MUTE = {
    "id missing": (JSON, b'{"status":"success","data":{}}'),
    "id null": (JSON, success(None)),
    "id empty": (JSON, success("")),
    "id blank": (JSON, success("  ")),
    "id true": (JSON, success(True)),
    "id zero": (JSON, success(0)),
    "id negative": (JSON, success(-5)),
    "id fraction": (JSON, success(1.5)),
    "id list": (JSON, success([ORDER_ID])),
    "id object": (JSON, success({"id": ORDER_ID})),
    "id endless": (JSON, success("9" * 4000)),
    "data true": (JSON, b'{"status":"success","data":true}'),
    "data list": (JSON, b'{"status":"success","data":[{"order_id":"1"}]}'),
    "data missing": (JSON, b'{"status":"success"}'),
    "error with an id": (
        JSON,
        b'{"status":"error","data":{"order_id":"1"},"message":"Wrong.","error_type":"Odd"}',
    ),
    "status odd": (JSON, b'{"status":"partial","data":{"order_id":"1"}}'),
    "cut in the id": (JSON, success(ORDER_ID)[:-9]),
    "cut in an error": (JSON, json.dumps(REFUSING).encode()[:-3]),
    "array": (JSON, b"[1,2]"),
    "null": (JSON, b"null"),
    "empty": (JSON, b""),
    "empty, no type": ("", b""),
    "error without a message": (JSON, b'{"status":"error","error_type":"InputException"}'),
    "error with a number": (JSON, b'{"status":"error","message":5,"error_type":"InputException"}'),
    "error without a status": (JSON, b'{"message":"Wrong.","error_type":"InputException"}'),
    "error as html": (HTML, json.dumps(REFUSING).encode()),
    "error as text": (PLAIN, json.dumps(REFUSING).encode()),
    "error without a type": ("", json.dumps(REFUSING).encode()),
    "not utf-8": (JSON, b'{"status":"error","message":"\xff\xfe","error_type":"InputException"}'),
    "utf-16": (JSON, json.dumps(REFUSING).encode("utf-16")),
    "deep": (JSON, b"[" * 60_000),
    "huge": (JSON, b'{"status":"error","message":"' + b"x" * 60_000 + b'","error_type":"E"}'),
    "two objects": (JSON, json.dumps(REFUSING).encode() * 2),
    "nginx": (HTML, b"<html><head><title>502 Bad Gateway</title></head></html>"),
    "cloudflare": (HTML, b"<!DOCTYPE html><title>Attention Required! | Cloudflare</title>"),
    "squid": (HTML, b"<html><body><h1>ERROR</h1>The requested URL could not be retrieved"),
    "captive portal": (HTML, b'<meta http-equiv="refresh" content="0;url=http://login.hotel/">'),
    "varnish": (PLAIN, b"Error 503 Backend fetch failed\n\nGuru Meditation:\n\nXID: 32770\n"),
}  # fmt: skip


def of_body(status: int, name: str) -> str:
    if status == 429:
        return "refused"
    # The statuses without a body, and the ones that only announce, tell nothing.
    bodiless = status < 200 or status in (204, 304)
    return "acked" if 200 <= status < 300 and name in TELLING and not bodiless else "unknown"
