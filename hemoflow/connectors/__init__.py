"""The world turned into canonical tables; the readers of different sources do not know one another."""
