"""The settings: every key, how it is read and checked, and what a change of them means."""
