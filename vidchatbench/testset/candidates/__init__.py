"""Graded candidate replies: built by rule, asked of a language model, checked."""
