"""Implements the command `acervo`: one module a group of commands."""
