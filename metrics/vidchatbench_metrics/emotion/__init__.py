"""Whether the face expresses itself as people do."""
