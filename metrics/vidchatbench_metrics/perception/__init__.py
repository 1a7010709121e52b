"""Features that several families share: faces, speech."""
