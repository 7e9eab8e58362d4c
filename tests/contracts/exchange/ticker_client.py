"""Runs the SDK's KiteTicker in a process of its own and prints what it hears, a JSON line each.

The ticker starts the one Twisted reactor of a process and can never start it again, so a test
cannot have it in its own process. Usage: ticker_client.py WS_URL API_KEY ACCESS_TOKEN TOKEN…
Exits when it has heard a COMPLETE and a packet of every mode, or when the socket is refused.
"""

import json
import sys

from kiteconnect import KiteTicker

MODES = ("ltp", "quote", "full")


def say(kind, **facts):
    print(json.dumps({"kind": kind} | facts, default=str), flush=True)  # noqa: T201 - its output


class Listener:
    """Subscribes to everything, walks through the modes, and leaves when all was heard."""

    def __init__(self, tokens):
        self.tokens = tokens
        self.missing = {(token, mode) for token in tokens for mode in MODES} | {"COMPLETE"}

    def on_connect(self, ws, response):
        say("connected")
        ws.subscribe(self.tokens)
        ws.set_mode(ws.MODE_LTP, self.tokens)

    def on_ticks(self, ws, ticks):
        for tick in ticks:
            say("tick", tick=tick)
            self.heard(ws, (tick["instrument_token"], tick["mode"]))
            if tick["mode"] == "ltp":
                ws.set_mode(ws.MODE_FULL, [tick["instrument_token"]])

    def on_order_update(self, ws, data):
        say("order", data=data)
        self.heard(ws, data["status"])

    def on_message(self, ws, payload, is_binary):
        if is_binary and len(payload) == 1:
            say("heartbeat")

    def on_error(self, ws, code, reason):
        say("error", code=code, reason=str(reason))
        ws.stop()

    def heard(self, ws, what):
        self.missing.discard(what)
        if not self.missing:
            ws.stop()


def main(root, api_key, access_token, *tokens):
    """Listen until everything was heard."""
    ticker = KiteTicker(api_key, access_token, root=root, reconnect=False)
    listener = Listener([int(token) for token in tokens])
    ticker.on_connect = listener.on_connect
    ticker.on_ticks = listener.on_ticks
    ticker.on_order_update = listener.on_order_update
    ticker.on_message = listener.on_message
    ticker.on_error = listener.on_error
    ticker.connect()


main(*sys.argv[1:])
