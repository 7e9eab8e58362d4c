"""Named trading days as values: what the master, the market and the broker do, apart from any clock."""
