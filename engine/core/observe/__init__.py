"""What an event changes: reads, updates, answers."""
