"""A small local Telegram: Bot API server, scripted people and a phone-like screen.

Reading order: ``messages`` (the values), ``html_text`` and ``keyboards`` (what Telegram accepts),
``conversation`` (what is on the screen), ``updates`` (what waits for the bot), ``methods`` (the Bot
API over those), ``faults`` (a Telegram that misbehaves), ``server`` (HTTP), ``people`` (who types
and taps), ``phone`` (how it looks).
"""
