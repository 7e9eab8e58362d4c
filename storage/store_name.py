"""What the store is called in ``DATA_DIR``: known to commands that never open it."""

STORE_NAME = "journal.db"
