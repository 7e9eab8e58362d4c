"""The seeker of planted secrets finds them in every form that it claims to."""

import base64
from urllib.parse import quote

import pytest

from tests.e2e.planted_secrets import forms

SECRET = "cAnArY/word+7"


@pytest.mark.parametrize("before", [b"", b"a", b"ab", b"abc", b"user:pw "])
@pytest.mark.parametrize("after", [b"", b"z", b":zz"])
def test_what_is_encoded_together_with_other_bytes_is_found(before, after):
    whole = before + SECRET.encode() + after
    for encode in (base64.b64encode, base64.urlsafe_b64encode, lambda raw: raw.hex().encode()):
        assert [form for form in forms(SECRET) if form in encode(whole)] != []
    assert [form for form in forms(SECRET) if form in encode(whole[::-1])] == []


def test_plain_quoted_and_wide_letters_are_found():
    for text in (SECRET.encode(), quote(SECRET, safe="").encode(), SECRET.encode("utf-16-le")):
        assert [form for form in forms(SECRET) if form in b"x" + text + b"y"] != []
