"""Query to hits and answer: knows nothing of how documents were read or who asks."""
