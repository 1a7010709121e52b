"""Whether the person on screen is the person of the portrait."""
