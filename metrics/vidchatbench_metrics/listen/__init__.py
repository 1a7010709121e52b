"""How a person listens: nods, blinks and smiles, liveliness, and synchrony with the speaker."""
