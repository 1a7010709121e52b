"""Screens, level 2 of the check: copies, degenerate answers and made-up rows, told from its files alone."""
