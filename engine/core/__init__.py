"""Values and decisions: synchronous, without clock, log or input/output."""
