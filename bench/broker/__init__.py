"""A broker for the benchmark, in a process of its own: Kite's shapes, and as little work as can be.

The demo's exchange judges and matches; this one only takes, stamps, checks and fills. It shares the
shapes of rows and frames with that exchange.
"""
