"""Images of pages to words, and damaged words to whole ones."""
