"""What is asked, without who asks: log, gaps and keys."""
