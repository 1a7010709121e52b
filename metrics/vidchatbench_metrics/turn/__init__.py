"""Conversational timing: when the reply comes, how long it is, and how it pauses, against human replies."""
