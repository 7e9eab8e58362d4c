"""Every link from one page to another leads somewhere."""

import re
import string
from pathlib import Path

import pytest

from tests.docs.command_lines import pages

PUNCTUATION = string.punctuation.replace("-", "").replace("_", "")


def anchors(text: str) -> set[str]:
    """Return the anchors that a page's headings have, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ +(.*)$", text)
    plain = (re.sub(r"[`*]|\]\([^)]*\)|\[", "", heading).lower() for heading in headings)
    return {line.translate(str.maketrans(" ", "-", PUNCTUATION)) for line in plain}


def leads_to(there: Path, anchor: str) -> bool:
    return there.exists() and (not anchor or anchor in anchors(there.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_its_links_lead_somewhere(page):
    text = re.sub(r"(?s)```.*?```", "", page.read_text(encoding="utf-8"))
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue  # another site: the network
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not leads_to(there, anchor):
            broken.append(target)
    assert broken == []


def test_every_page_is_named_on_the_first():
    first, *others = pages()
    linked = re.findall(r"\]\(([^)#\s]+)", first.read_text(encoding="utf-8"))
    named = {(first.parent / path).resolve() for path in linked}
    assert [page.name for page in others if page not in named] == []
