"""Opens the collection to people and programs: command line, HTTP API and web pages."""
