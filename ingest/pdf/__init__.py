"""The PDF reader: characters to lines, tables, paragraphs and headings; scans through OCR."""
