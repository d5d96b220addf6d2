"""The HTTP service: API, pages and widget."""
