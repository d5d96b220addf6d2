"""What is claimed of a document, and the words that claim it."""

from dataclasses import dataclass

CATALOGUE, TEXT, PROPERTIES, NAME = "catalogue", "text", "properties", "name"


@dataclass(frozen=True, slots=True)
class Claim:
    """The value of one field of `Document`; `words` is the text of the block, or of the running
    line, that says it, and empty for what no text says."""

    field: str
    value: str
    origin: str
    words: str = ""
