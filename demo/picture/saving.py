"""Saves the picture of the day where that is possible, and says in one line where, or why not."""

import importlib.util
import logging
from pathlib import Path

from demo.picture.chart import Chart

_MEND = "pip install 'kitecopytrader[demo]'"


def save_or_say_why_not(chart: Chart | None, path: Path) -> str:
    """Save the picture and return the line that says where it is; it never fails the show.

    Args:
        chart: What happened; None where nothing was traded.
        path: Where it goes.
    """
    if chart is None:
        return "no picture of the day: nothing was traded"
    if importlib.util.find_spec("matplotlib") is None:
        return f"no picture of the day: matplotlib is not installed - {_MEND}"
    # It tells of its cache of fonts as it is imported, which nobody who watches a demo needs to know.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    # Only now: it takes a second, which the start of the show should not pay for.
    from demo.picture.draw import save_picture  # noqa: PLC0415

    try:
        save_picture(chart, path)
    except OSError as error:
        why = error.strerror or str(error)
        return f"no picture of the day: {path}: {why} - choose another place with --picture FILE"
    return f"picture of the day: {path.resolve()}"
