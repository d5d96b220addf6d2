"""Records what is asked, without who asks, and reports what is not found; keeps editors' keys."""
