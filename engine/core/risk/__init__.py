"""Whether an entry may be made at all. Nothing here is ever asked about an exit."""
