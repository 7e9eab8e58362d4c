"""docs/runbook.md has an entry for every alert the program can send, and for nothing else."""

import gzip
import json
import re

import pytest

from engine.core.values.notices import SkipReason
from tests.docs.alert_texts import RAISES, Site, sites
from tests.docs.possible_texts import HOLE
from tests.docs.program_source import ROOT, SILENT

PAGE = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
#: Fewer alerts than this: the program is not read as it should be.
FOUND_AT_LEAST = 115
#: Fewer words than this would be found in any alert.
MOST_VAGUE = 2
#: Different alerts on the kept days.
TOLD_AT_LEAST = 3
#: Says nothing of its own: what it passes on is looked up where it is made (``Sent`` of the channels).
PASSES_ON = frozenset({"bot/app/reports.py:channel"})


def entries() -> list[str]:
    """Return what the page quotes of alerts, in its order."""
    return re.findall(r'^\| "(.*?)" \| \S.* \| \S.* \|$', PAGE, flags=re.MULTILINE)


def pattern_of(entry: str) -> re.Pattern[str]:
    """Return what finds a quotation in a text: its words in their order, anything where it leaves out.

    One that does not leave its beginning out is the beginning of the text.
    """
    parts = [re.escape(part.strip(" .")) for part in entry.split(HOLE)]
    return re.compile(rf"\A{'.*?'.join(parts)}", flags=re.DOTALL | re.IGNORECASE)


@pytest.fixture(scope="module")
def alerts() -> list[Site]:
    return list(sites())


def test_the_program_is_read_whole(alerts):
    assert len(alerts) >= FOUND_AT_LEAST
    unread = [
        site.place
        for site in alerts
        if not any(letters(text) for text in site.texts) and site.place not in PASSES_ON
    ]
    raised = [
        path
        for package in ("bot", "engine")
        for path in (ROOT / package).rglob("*.py")
        if path.relative_to(ROOT).as_posix().startswith(SILENT)
        if any(sign in path.read_text(encoding="utf-8") for sign in RAISES)
    ]
    assert raised == []
    assert unread == [], (
        "a text that cannot be worked out: name its callback in CALLBACKS of tests/docs/program_source.py"
    )


def letters(text: str) -> str:
    return re.sub(r"[^A-Za-z]", "", text)


def test_every_alert_has_an_entry(alerts):
    known = [pattern_of(entry) for entry in entries()]
    missing = [
        f"{site.place}: {text}"
        for site in alerts
        for text in site.texts
        if letters(text) and not any(pattern.match(text) for pattern in known)
    ]
    assert missing == []


def test_every_entry_is_an_alert_and_quotes_enough_of_it(alerts):
    texts = [text for site in alerts for text in site.texts]
    idle = [each for each in entries() if not any(pattern_of(each).match(text) for text in texts)]
    assert idle == [], "no alert says this"
    assert [each for each in entries() if len(re.findall(r"\w{2,}", each)) < MOST_VAGUE] == []


def test_no_entry_stands_twice_and_every_row_is_read():
    found = entries()
    assert len(found) == len(set(found))
    assert len(found) == len(re.findall(r'^\| "', PAGE, flags=re.MULTILINE))


def test_every_reason_of_a_skip_is_there_and_no_other():
    rows = PAGE.partition("## Why a follower got no order")[2].splitlines()
    reasons = [row.split(" | ")[0].removeprefix("| ") for row in rows if row.startswith("| ")]
    assert sorted(reasons[1:]) == sorted(SkipReason)


def told_on_recorded_days() -> list[str]:
    """Return what the alerts of the simulation's kept days said, figures and all."""
    tapes = sorted((ROOT / "tests" / "sim" / "golden").glob("*.jsonl.gz"))
    lines = "\n".join(gzip.decompress(tape.read_bytes()).decode() for tape in tapes)
    bodies = re.findall(r'\["NoticeRaised","((?:[^"\\]|\\.)*)"\]', lines)
    notices = [json.loads(json.loads(f'"{body}"'))["notice"] for body in bodies]
    return sorted({each["text"] for each in notices if each["kind"] == "alert"})


def test_what_was_really_told_is_there_too():
    told = told_on_recorded_days()
    assert len(told) >= TOLD_AT_LEAST
    known = [pattern_of(entry) for entry in entries()]
    assert [text for text in told if not any(pattern.match(text) for pattern in known)] == []
