"""Sources in Markdown become documents in the formats that workshops leave behind."""
