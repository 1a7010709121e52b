"""Closeness of the pictures to the real answer, frame by frame."""
