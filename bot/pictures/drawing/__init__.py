"""Draws pictures with matplotlib. Only the render process imports this: see ``worker.py``."""
