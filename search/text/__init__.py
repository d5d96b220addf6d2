"""Reads Spanish and its neighbours: words, numbers, times, acronyms, sentences, languages."""
