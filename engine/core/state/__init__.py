"""What is known: the state, how records change it, and the ledger read out of it."""
