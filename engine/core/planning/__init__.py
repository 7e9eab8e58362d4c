"""What a follower should have, and the one next command that closes the gap."""
