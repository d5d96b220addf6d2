"""Lines of a page to blocks in reading order."""
