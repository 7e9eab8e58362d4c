"""The command line: one module per command, nothing shared but what they are given."""
