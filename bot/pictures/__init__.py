"""Pictures for the chat: what each shows, as values, and how it is drawn, in a process of its own."""
