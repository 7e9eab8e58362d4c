"""The codec, both ways, under one name: what Kite's wire says and what we say to it."""

from engine.brokers.kite.codec_account import (
    decode_funds,
    decode_holdings,
    decode_positions,
    decode_profile,
    decode_quotes,
)
from engine.brokers.kite.codec_commands import UnsendableError, encode_command
from engine.brokers.kite.codec_margins import decode_basket_margin, encode_basket
from engine.brokers.kite.codec_orders import (
    OrderBookDecoder,
    decode_fills,
    decode_order_frame,
    decode_orders,
)
from engine.brokers.kite.json_text import UnreadableError
from engine.brokers.kite.rows import Decoded

__all__ = [
    "Decoded",
    "OrderBookDecoder",
    "UnreadableError",
    "UnsendableError",
    "decode_basket_margin",
    "decode_fills",
    "decode_funds",
    "decode_holdings",
    "decode_order_frame",
    "decode_orders",
    "decode_positions",
    "decode_profile",
    "decode_quotes",
    "encode_basket",
    "encode_command",
]
