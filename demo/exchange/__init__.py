"""A local exchange that speaks Kite Connect v3 well enough for the official SDK.

The core (`Exchange` and what it is made of) has no sockets, no clock and no randomness of its
own: time and chance are injected, every fault is data, and a ledger keeps the truth of what
reached it. `demo.exchange.server` puts HTTP and WebSocket in front of it.
"""
