"""The wizard: asks in plain words, checks each answer, and writes the env file."""
