"""Pictures for tests: the smallest files that are what they say."""

import struct
import zlib


def a_png(width: int = 4, height: int = 5, *, shade: int = 0) -> bytes:
    """Return a grey picture of this size."""
    rows = (b"\0" + bytes([shade]) * width) * height
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
