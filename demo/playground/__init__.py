"""The local exchange and the local chat, left open for you to play: you are the trader and the master."""
