"""Property: a request token is found and deleted whatever stands round it, and is never said back."""

import string

from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.chat.login import Login
from bot.chat.login_paste import read_paste

ALPHANUMERIC = string.ascii_letters + string.digits
TOKENS = st.text(ALPHANUMERIC, min_size=32, max_size=32).filter(
    lambda token: any(c.isdigit() for c in token) and any(c.isalpha() for c in token)
)
#: Anything that cannot be read as a part of the token itself.
AROUND = st.text(max_size=40)


def _touches(before: str, after: str) -> bool:
    return bool(before[-1:] in ALPHANUMERIC and before) or bool(after[:1] in ALPHANUMERIC and after)


@given(token=TOKENS, before=AROUND, after=AROUND)
@example(token="aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY", before="token:", after=".")
@example(token="aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY", before="(", after=")\nhere")
@example(token="aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY", before="--request-token=", after="")
@example(token="aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY", before="status=", after="")
def test_a_token_anywhere_in_a_message_is_noticed(token, before, after):
    assume(not _touches(before, after))
    text = f"{before}{token}{after}".strip()
    assume(not text.startswith("/"))
    assert Login.takes(text)
    paste = read_paste(text)
    assert paste is not None
    assert paste.secret
    assert token not in repr(paste)


@given(token=TOKENS, before=AROUND, after=AROUND)
def test_a_named_token_is_noticed_behind_any_command(token, before, after):
    text = f"/{before} request_token={token}&{after}"
    assert Login.takes(text)


@given(token=TOKENS, cut=st.integers(1, 31), gap=st.text(" \t\n\r", min_size=1, max_size=3))
def test_white_space_that_a_phone_put_in_does_no_harm(token, cut, gap):
    paste = read_paste(f"{token[:cut]}{gap}{token[cut:]}")
    assert paste is not None
    assert paste.token is not None
    assert paste.token.reveal() == token
