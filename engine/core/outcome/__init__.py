"""What became of an order: refused, ended by others, unknown."""
