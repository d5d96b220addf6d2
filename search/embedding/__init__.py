"""The embedding model: building, checking and serving it, and late interaction on its tokens."""
