"""How good a reply is, by the nearest of the graded candidates."""
