"""A process of its own that makes the snapshot of the state, so that nothing that trades waits for it.

``python -P -m bot.snapshot_worker DATA_DIR whole|rest`` writes one line of JSON: ``{"reached": 1234}``, the newest
event in it; ``{"damaged": "why"}`` where the history was changed; or ``{"error": "one line"}``.
"""

import os
import sqlite3
import sys
from pathlib import Path

import msgspec

from engine.errors import StoreDamaged
from storage.snapshot_making import make_snapshot
from storage.state_codec import StateNotWrittenError

# Below everything that trades, pictures and past days too.
_NICENESS = 15


def main(arguments: list[str]) -> None:
    """Answer and end."""
    os.umask(0o077)
    os.nice(_NICENESS)
    data_dir, how = arguments
    answer: dict[str, object]
    try:
        answer = {"reached": make_snapshot(Path(data_dir), whole=how == "whole")}
    except StoreDamaged as error:
        answer = {"damaged": str(error)}
    except StateNotWrittenError as error:
        answer = {"error": f"the state cannot be written ({error}) - report this"}
    except sqlite3.Error as error:
        answer = {"error": f"the store cannot be read ({error})"}
    except OSError as error:
        answer = {"error": f"{error.filename or data_dir}: {error.strerror or error}"}
    sys.stdout.buffer.write(msgspec.json.encode(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
