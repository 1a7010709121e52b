"""Whose voice it is that answers."""
