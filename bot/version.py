"""Which version runs."""

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """Return the installed version; not every copy is installed."""
    try:
        return version("kitecopytrader")
    except PackageNotFoundError:
        return "from source"
