"""What the program is measured against; each in a process of its own (``process.py``).

A further one is a class with the four methods of ``baseline.py``, a word in
:class:`bench.accounts.Client` and a line in ``process.py``. All connections are open and warm
before the first round, and all sessions are there.
"""
