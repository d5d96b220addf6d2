"""Answers questions with exact quotes from passages, timetables and facts of documents."""
