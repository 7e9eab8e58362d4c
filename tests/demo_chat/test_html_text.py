import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.chat.errors import ApiError
from demo.chat.html_text import find_commands, read_html, trim
from demo.chat.messages import Entity, EntityKind, utf16_length


def test_tags_become_formatting_in_utf16_units():
    text, entities = read_html(
        "🟢 <b>LIVE <i>now</i></b> <a href='http://x.test/?a=1&amp;b=2'>go</a>"
    )
    assert text == "🟢 LIVE now go"
    assert entities == (
        Entity(kind=EntityKind.BOLD, offset=3, length=8),
        Entity(kind=EntityKind.ITALIC, offset=8, length=3),
        Entity(kind=EntityKind.TEXT_LINK, offset=12, length=2, url="http://x.test/?a=1&b=2"),
    )


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("M&M and J&KBANK", "M&M and J&KBANK"),
        ("a &lt; b &amp;&amp; c &gt; d &quot;e&quot; &#8377;", 'a < b && c > d "e" ₹'),
        ("&copy; &ltfoo &unknown;", "&copy; &ltfoo &unknown;"),
        ("snake_case *stars*", "snake_case *stars*"),
        ("5 > 3", "5 > 3"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
    ],
)
def test_text_around_tags_reads_as_telegram_reads_it(source, text):
    assert read_html(source) == (text, ())


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("price <5", "Unclosed start tag at byte offset 6"),
        ("₹ <5>", 'Unsupported start tag "5" at byte offset 4'),
        ("<b>open", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<br>", 'Unsupported start tag "br" at byte offset 0'),
        ('<span class="red">x</span>', 'Unsupported start tag "span" at byte offset 0'),
    ],
)
def test_broken_html_is_refused_with_the_place(source, reason):
    with pytest.raises(ApiError) as refused:
        read_html(source)
    assert refused.value.code == 400
    assert refused.value.description == f"Bad Request: can't parse entities: {reason}"


@given(st.text(max_size=200))
def test_any_text_survives_once_it_is_escaped(text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert read_html(escaped) == (text, ())
    assert read_html(f"<b>{escaped}</b>")[0] == text


@given(st.text(alphabet=" \n\tab🟢", max_size=30))
def test_trimmed_formatting_stays_inside_the_text(text):
    whole = (Entity(kind=EntityKind.PRE, offset=0, length=utf16_length(text)),) if text else ()
    trimmed, entities = trim(text, whole)
    assert trimmed == text.strip()
    assert [(e.offset, e.length) for e in entities] == (
        [(0, utf16_length(trimmed))] if trimmed else []
    )


def test_commands_are_marked_but_paths_are_not():
    entities = find_commands("🟢 /status and /stop now, not a/b or http://x/y")
    assert [(e.offset, e.length) for e in entities] == [(3, 7), (15, 5)]
