"""What Telegram takes for a photo. Only the head of the file is read, nothing is decoded."""

import struct

from demo.chat.errors import bad_request

MAX_PHOTO_BYTES = 10 * 1024 * 1024
"""Source: Telegram Bot API, sendPhoto."""

MAX_SIDES, MAX_RATIO = 10_000, 20
"""Pixels of width and height together, and of one per one of the other. Source: as above."""

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"


def check_picture(content: bytes) -> None:
    """Refuse what is no picture, or one that is too large.

    Raises:
        ApiError: 400, as Telegram words it.
    """
    if len(content) > MAX_PHOTO_BYTES:
        raise bad_request(f"file of size {len(content)} bytes is too big for a photo")
    if content.startswith(_JPEG):
        return
    if not content.startswith(_PNG) or len(content) < 24:
        raise bad_request("IMAGE_PROCESS_FAILED")
    # The first chunk of every PNG holds width and height. Source: PNG specification, IHDR.
    width, height = struct.unpack(">II", content[16:24])
    sides = sorted((width, height))
    if not sides[0] or sum(sides) > MAX_SIDES or sides[1] > MAX_RATIO * sides[0]:
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
