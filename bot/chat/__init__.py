"""The chat as cockpit: a Telegram bot that asks the engine's desk and tells what happened.

Reading order: ``message`` and ``incoming`` (the values), ``app`` (start, poll, stop), ``gate`` (who
is heard), ``router`` (which handler), ``cockpit`` (what handlers may use), the handlers (``reads``,
``copying``, ``golive``, ``login``), ``prompts`` (buttons that act once), ``outbox`` (the only
sender) and ``render`` (values to text).
"""
