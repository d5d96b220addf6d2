"""Builds, checks and serves the embedding model, and compares texts by its token vectors."""
