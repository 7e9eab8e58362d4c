"""A process of its own that reads past days, so that the program goes on undisturbed meanwhile.

``python -P -m storage.past_worker FOLDER FIRST LAST [rows]`` writes one line of JSON: ``{"reports": [...]}`` or
``{"error": "one line with the mend"}``.
"""

import os
import sys
from datetime import date
from pathlib import Path

import msgspec
from msgspec.structs import replace

from engine.errors import CopyTraderError
from storage.past_days import past_reports

#: Below everything that trades.
_NICENESS = 10


def main(arguments: list[str]) -> None:
    """Answer and end."""
    os.nice(_NICENESS)
    folder, first, last, *more = arguments
    try:
        reports = past_reports(Path(folder), date.fromisoformat(first), date.fromisoformat(last))
    except CopyTraderError as error:
        answer: dict[str, object] = {"error": str(error)}
    else:
        if "rows" not in more:
            # What only sums are wanted of needs no row for every copy.
            reports = tuple(replace(each, rows=()) for each in reports)
        answer = {"reports": reports}
    sys.stdout.buffer.write(msgspec.json.encode(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
