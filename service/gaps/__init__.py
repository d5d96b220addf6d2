"""What was asked and not found → a report without anybody's question in it."""
