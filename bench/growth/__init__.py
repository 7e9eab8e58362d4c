"""Everything that grows, measured: recovery, memory, starts, the loop in a burst, /stop.

``python -m bench.growth`` runs it; docs/benchmark.md says what each line is.
"""
