"""Parses files and renders pages in processes with limits on memory, time and files."""
