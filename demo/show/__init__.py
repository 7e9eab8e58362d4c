"""The show: a scripted trading day before an audience, and a verdict by an oracle of its own."""
