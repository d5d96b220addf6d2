"""Judged questions to scorecards: formats, perturbations, measures, comparisons."""
