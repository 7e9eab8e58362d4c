"""docs/PROJECT_STRUCTURE.md names every package, every folder of tests and what lies at the top."""

import subprocess

from tests.docs.structure_page import BEGIN, END, PAGE, ROOT, packages, table

TEXT = PAGE.read_text(encoding="utf-8")


def test_every_package_is_named_with_what_it_says_of_itself():
    shown = TEXT.partition(BEGIN)[2].partition(END)[0]
    assert shown.strip() == table(), "run: python -m tests.docs.structure_page"
    assert {"bot", "engine/core", "storage", "demo/exchange"} <= set(packages())


def test_every_folder_and_file_at_the_top_is_named():
    kept = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    tops = {path.split("/")[0] for path in kept} - {".gitignore"}
    missing = [top for top in sorted(tops) if f"`{top}`" not in TEXT and f"`{top}/" not in TEXT]
    assert missing == []


def test_every_folder_of_tests_is_named():
    folders = {path.parent.relative_to(ROOT).parts[1] for path in ROOT.glob("tests/*/test_*.py")}
    folders |= {path.relative_to(ROOT).parts[1] for path in ROOT.glob("tests/*/*/test_*.py")}
    assert [each for each in sorted(folders) if f"`tests/{each}/`" not in TEXT] == []
