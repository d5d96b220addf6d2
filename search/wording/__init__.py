"""What people write: languages, spelling, figures, acronyms and equivalents."""
