"""What pages with a row for each danger share: the tests that a row names, and the table between two marks."""

from collections.abc import Mapping
from pathlib import Path

from tests.docs.recovery_page import tests_of


def full_id(files: Mapping[str, str], short: str) -> str:
    """Return a test's id in full; ``short`` is ``room::name``, where ``files`` has the file of the room."""
    room, _, name = short.partition("::")
    return f"{files[room]}::test_{name}"


def exists(files: Mapping[str, str], short: str) -> bool:
    """Return whether a test is there."""
    path, _, name = full_id(files, short).partition("::")
    return name in tests_of(path)


def write_between(page: Path, begin: str, end: str, table: str) -> None:
    """Put a table between two marks of a page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    page.write_text(f"{before}{begin}\n\n{table}\n\n{end}{after}", encoding="utf-8")
