"""The journal and every read of it."""
