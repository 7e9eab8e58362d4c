"""Metrics for Prometheus, on this machine only: off by default, read off the state when somebody asks."""
