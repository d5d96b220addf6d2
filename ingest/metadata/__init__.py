"""Finds what documents say of themselves: title, type, dates, event, agenda, activities, goals."""
