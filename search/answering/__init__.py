"""Opened passages to answers: forms of questions, timetables, facts, windows, confidence."""
