"""Serves the API, the pages and the widget over HTTP."""
