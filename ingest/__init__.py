"""Reads files and folders into an index of documents, pages and passages."""
