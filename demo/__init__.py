"""Everything the local demo needs: a Kite-compatible exchange, a chat server and the script."""
