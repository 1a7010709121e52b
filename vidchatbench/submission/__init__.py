"""Submissions: packed from a finished run, and checked without trusting anything that can be recomputed."""
