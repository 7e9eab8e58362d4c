"""What the store is called in ``DATA_DIR``: known to commands that never open it."""

STORE_NAME = "journal.db"
#: What begins the name of the folder in ``DATA_DIR`` that keeps what a restore has replaced.
REPLACED_PREFIX = "before-restore-"
