"""What people ask, are asked and are told."""
