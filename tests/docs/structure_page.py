"""Writes the list of packages of docs/PROJECT_STRUCTURE.md: python -m tests.docs.structure_page."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "PROJECT_STRUCTURE.md"
BEGIN = "<!-- packages: python -m tests.docs.structure_page -->"
END = "<!-- end of packages -->"


def packages() -> list[str]:
    """Return the folder of every package of the program, the tests are none."""
    found = (
        path.parent.relative_to(ROOT).as_posix()
        for top in ROOT.iterdir()
        if (top / "__init__.py").exists()
        for path in top.rglob("__init__.py")
    )
    return sorted(found)


def table() -> str:
    """Return what each package says of itself."""
    lines = ["| folder | what is in it |", "|---|---|"]
    for folder in packages():
        text = (ROOT / folder / "__init__.py").read_text(encoding="utf-8")
        said = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
        lines.append(f"| `{folder}/` | {said} |")
    return "\n".join(lines)


def main() -> None:
    """Write the table into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
