"""Writes documents for other systems: citations, OAI-PMH, linked data, sitemaps."""
