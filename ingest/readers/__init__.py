"""Readers of everything but PDF: bytes to blocks."""
