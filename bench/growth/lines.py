"""What was measured at one size and at ten times it, as a table and as JSON."""

from dataclasses import asdict, dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from bench.machine import Machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measure.

    Attributes:
        what: In words.
        unit: Of the figures.
        size: What the first figure is of.
        figure: There.
        larger: What the second figure is of; empty where there is none.
        at_larger: There.
    """

    what: str
    unit: str
    size: str
    figure: float
    larger: str = ""
    at_larger: float | None = None

    @property
    def growth(self) -> float | None:
        """How many times as much it is; None where there is nothing to compare."""
        if self.at_larger is None or not self.figure:
            return None
        return self.at_larger / self.figure


def show(lines: list[Line], machine: Machine, console: Console) -> None:
    """Print the table, and what must be known to read it."""
    if not console.is_terminal:
        console.width = 110
    table = Table(box=box.SIMPLE_HEAD if console.is_terminal else box.ASCII, title_justify="left")
    table.add_column("everything that grows")
    for heading in ("unit", "at", "", "at", "", "growth"):
        table.add_column(heading, justify="right", no_wrap=True)
    for each in lines:
        growth = "" if each.growth is None else f"{each.growth:.1f}x"
        larger = "" if each.at_larger is None else _short(each.at_larger)
        table.add_row(
            each.what, each.unit, each.size, _short(each.figure), each.larger, larger, growth
        )
    console.print(table)
    console.print(
        f"{machine.processor}, {machine.cores} cores, Python {machine.python}; fdatasync of 4 kB where the "
        f"journal is {machine.fdatasync_us:.0f} us. The figures are this machine's at its load.",
        highlight=False,
    )


def as_json(lines: list[Line], machine: Machine) -> dict[str, object]:
    """Return everything as plain values."""
    return {
        "format": 1,
        "machine": asdict(machine),
        "lines": [asdict(each) | {"growth": each.growth} for each in lines],
    }


def _short(figure: float) -> str:
    """Return three figures: what a shared machine can promise at most."""
    if figure >= 100:
        return f"{figure:.0f}"
    return f"{figure:.1f}" if figure >= 10 else f"{figure:.2f}"
