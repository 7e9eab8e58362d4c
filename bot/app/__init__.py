"""The composition root: the only package that names concrete classes, and the life of the process."""

from bot.app.process import run_app

__all__ = ["run_app"]
