"""Whether lips and sound belong together."""
