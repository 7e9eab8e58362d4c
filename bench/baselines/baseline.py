"""What every baseline is: a way of sending N orders after a frame."""

import ssl
from typing import Protocol
from urllib.parse import urlencode

from bench.accounts import Account
from bench.messages import BaselinePlan
from bench.order import fields_of

HOST = "127.0.0.1"


class Baseline(Protocol):
    """Open it, then wait for a frame and place, round by round."""

    def open(self) -> None:
        """Open every connection and warm it."""
        ...

    def next_side(self) -> str:
        """Wait for the next order frame of the master and return its side."""
        ...

    def place(self, side: str) -> None:
        """Send every follower's order and wait for the answers."""
        ...

    def close(self) -> None:
        """Close what was opened."""
        ...


def stream_query(account: Account) -> str:
    """Return the query that opens an account's stream. Source: Kite Connect docs, WebSocket."""
    return "?" + urlencode({"api_key": account.api_key, "access_token": account.access_token})


def trusting(plan: BaselinePlan) -> ssl.SSLContext:
    """Return a context that trusts the authority of the run, and nobody else."""
    return ssl.create_default_context(cafile=plan.authority)


def order_body(side: str) -> str:
    """Return the body of one follower's order."""
    return urlencode(fields_of(side))
