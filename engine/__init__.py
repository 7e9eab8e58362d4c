"""The engine: decides which order each follower should have, journals it, sends it once."""
