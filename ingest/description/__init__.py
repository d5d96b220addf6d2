"""What a document says of itself: its fields, its timetable, its parts."""
