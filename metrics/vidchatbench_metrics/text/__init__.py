"""What is said, as text: its words against a script, its fit to the question, and whether it is a reply at all."""
