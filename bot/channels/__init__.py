"""Where alerts go besides the chat: one file a channel, and what is common to them."""
