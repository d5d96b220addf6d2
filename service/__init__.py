"""Doors: command line, HTTP and web pages; wiring only."""
