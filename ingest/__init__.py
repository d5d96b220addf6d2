"""Files to passages in the index."""
