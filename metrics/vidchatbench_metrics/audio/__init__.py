"""How the reply sounds, without regard to what it says."""
