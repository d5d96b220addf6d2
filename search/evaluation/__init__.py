"""Judged questions, measures and comparisons of search quality."""
