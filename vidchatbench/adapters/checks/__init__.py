"""The checks of `check-adapter`, one family a file: each looks at what the runs have left, and says what it saw."""
