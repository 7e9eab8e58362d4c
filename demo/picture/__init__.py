"""The picture of a day: everybody's positions over time, from the exchange's truth."""
