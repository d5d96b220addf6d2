"""Answers made of quotes: spans, agendas, facts."""
