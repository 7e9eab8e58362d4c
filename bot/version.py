"""Which version runs."""

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def program_version() -> str:
    """Return the installed version; not every copy is installed, one in a container tells its source's."""
    try:
        return version("kitecopytrader")
    except PackageNotFoundError:
        return _of_source(Path(__file__).parents[1] / "pyproject.toml")


def _of_source(project: Path) -> str:
    try:
        told = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return "from source"
    return f"{told} from source"
