"""Limited processes in which files are parsed and pages are drawn."""
