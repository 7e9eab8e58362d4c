"""The column of account names in tables for a phone: as wide as the rest of the table leaves it."""

from collections.abc import Iterable, Sequence

from bot.chat.html_text import TABLE_COLUMNS

#: What every table keeps free for names.
LEAST = 8


def short(name: str, columns: int = LEAST) -> str:
    """Return a name of at most so many columns, cut in the middle: followers are told apart by their ends too."""
    if len(name) <= columns:
        return name
    tail = (columns - 1) // 2
    return f"{name[: columns - 1 - tail]}…{name[-tail:]}"


def room_beside(texts: Iterable[str], *, lead: int = 0) -> int:
    """Return the columns for names before texts of one line each; what is longer is folded anyhow."""
    most = TABLE_COLUMNS - lead - 1
    return most - max((len(text) for text in texts if len(text) <= most - LEAST), default=0)


def named_rows(
    rows: Sequence[tuple[str, ...]], widths: Sequence[int], *, left: int = 0
) -> list[str]:
    """Return rows of a name and cells that are right-aligned, the heading among them.

    Args:
        rows: A name and as many cells as there are widths, each.
        widths: What the cells take where every name fits beside them; for a longer one they are
            squeezed to what is in them.
        left: How many cells from the first are left-aligned.
    """
    taken = [*widths]
    names = LEAST + max(0, TABLE_COLUMNS - LEAST - sum(width + 1 for width in widths))
    wanted = max((len(name) for name, *_ in rows), default=0)
    for n, width in enumerate(widths):
        needed = max(len(row[n + 1]) for row in rows) if rows else width
        spare = min(max(0, width - needed), max(0, wanted - names))
        taken[n], names = width - spare, names + spare
    names = min(names, max(wanted, LEAST))
    return [
        " ".join(
            [
                f"{short(name, names):<{names}}",
                *(
                    f"{cell:<{taken[n]}}" if n < left else f"{cell:>{taken[n]}}"
                    for n, cell in enumerate(cells)
                ),
            ]
        ).rstrip()
        for name, *cells in rows
    ]
