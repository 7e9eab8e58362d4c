"""The recorded day fits a phone, shows what it says it does, and no code that was typed."""

import re

import pytest

from tests.docs.chat_day_page import shown, too_wide


def test_the_recorded_day_fits_the_screen_and_shows_no_code():
    lines = shown()
    assert len(lines) > 200
    assert too_wide(lines) == []
    assert [line for line in lines if re.fullmatch(r"\d{6}", line.strip(" │"))] == []
    assert "request_token=" not in "".join(lines)


@pytest.mark.parametrize(
    "words",
    ["is logged in", "armed until", "Copying started", "COPY #1", "rejected", "session has ended",
     "photo picture.png", "Copying stopped", "COPY #4 · SELL", "orders of the"],
)  # fmt: skip
def test_the_recorded_day_shows(words):
    # Lines are folded: words may stand on two.
    day = " ".join(line.strip(" │") for line in shown())
    assert words in " ".join(day.split())
