"""The benchmark: from the master's frame on the stream to the last follower order on the wire.

Not in the wheel. ``make bench`` runs it; docs/benchmark.md says what it measures and what not.
"""
