"""Whether an output is what was asked for: readable, whole, with sound, in motion."""
