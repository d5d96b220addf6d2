"""A document and its passages to an index entry: embed once, keep the vector and packed tokens."""

from collections.abc import Callable

import numpy as np

from search.embed import Embedder
from search.late import pack
from search.types import Document, Draft, Entry, Passage


def heading_of(document: Document, passage: Passage) -> str:
    """What stands above a passage: title, sections, the header of its table; each said once."""
    parts = (document.title, *passage.section, passage.context)
    return " > ".join(dict.fromkeys(filter(None, parts)))


def embedded_text(document: Document, passage: Passage) -> tuple[str, int]:
    """What the model reads of a passage, and how many code points of it stand before the text."""
    heading = heading_of(document, passage)
    prefix = f"{heading} > " if heading else ""
    return prefix + passage.text, len(prefix)


def make_entry(
    draft: Draft, embedder: Embedder, progress: Callable[[int], None] | None = None
) -> Entry:
    """Embed the passages of one document. `progress` gets how many more are done."""
    texts = [embedded_text(draft.document, passage) for passage in draft.passages]
    embeddings = embedder.embed_passages([text for text, _ in texts], progress)
    vectors = [embedding.vector for embedding in embeddings]
    return Entry(
        document=draft.document,
        pages=draft.pages,
        passages=draft.passages,
        agenda=draft.agenda,
        details=draft.details,
        sketch=draft.sketch,
        vectors=np.array(vectors, dtype=np.float32).reshape(len(texts), embedder.dimension),
        tokens=tuple(
            pack(embedding, embedder.token_mean, text, prefix)
            for embedding, (text, prefix) in zip(embeddings, texts, strict=True)
        ),
    )
