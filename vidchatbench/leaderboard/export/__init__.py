"""A run or a submission in the formats of others. Ours is the source: each of these says less."""
