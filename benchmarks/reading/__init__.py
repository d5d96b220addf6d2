"""How well documents are read: one module a question, `python -m benchmarks.reading` asks all."""
