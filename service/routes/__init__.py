"""Requests → responses, one module a family of addresses."""
