"""The embedded engine: SQLite is the truth, FAISS, Tantivy and packed tokens are caches of it."""
