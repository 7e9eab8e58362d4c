"""Certificates of this machine's test servers, as the broker's tests make them."""

from tests.contracts.kite.conftest import authority, make_authority

__all__ = ["authority", "make_authority"]
