"""Documents for other systems: citations, OAI-PMH, linked data, sitemaps."""
