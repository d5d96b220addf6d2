"""Scores passages by late interaction (ColBERT's MaxSim) over token vectors quantised to one bit.

Passages are packed when they are indexed (`make_entry`) and compared token by token when a question
is asked (`token_similarities`).

MaxSim over contextual token vectors is ColBERT's operator (Khattab and Zaharia, SIGIR 2020);
centring and renormalising follow Mu and Viswanath (ICLR 2018). Only the signs of a passage's
centred vectors are kept (48 bytes a token for 384 dimensions) and compared with the query's real
ones: measured, signs lose under .01 nDCG@10 against floats that take thirty times the room.
"""

import base64
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import onnxruntime

from search.documents import (
    Bits,
    Document,
    Draft,
    Embedding,
    Entry,
    Floats,
    Ints,
    PackedTokens,
    Passage,
    heading_of,
)
from search.embedding.encoder import Embedder
from search.engine import Statistics, TokenSimilarities
from search.text.analysis import STOPWORDS
from search.text.vocabulary import fold

MAX_PACKED_TOKENS = 144
"""Tokens kept a passage: 144 × (48 + 4 + 2) bytes is 7.6 KB, under the 8 KB that a passage may
cost. A passage of 300 pieces has about 140 that are neither function words nor punctuation."""

_LARGEST_START = np.iinfo(np.int16).max
"""Starts are kept in 16 bits: no passage is as long, but a judged collection's record may be."""

_WORD = re.compile(r"[^\W_]+")
_TOKENS_AT_A_TIME = 4096
"""Passage tokens unpacked at a time: 1.5 MB; larger blocks are no faster. A multiple of the tokens
of a stretch, so that none is cut in two."""

_LARGEST_BYTE = 127  # and not 128, so that −127 is as far from zero

_STRETCH_TOKENS = 8
"""Kept tokens of a stretch. Two of them are about a sentence: words that meet in one say more
than words scattered over a passage (nDCG@10 of squad-es .906 with and .903 without, equal
within .001 for spans of 12 to 32 tokens)."""


def informative(text: str, starts: Ints, ends: Ints) -> Ints:
    """Indices of the tokens that cover a word other than a function word."""
    # One running count tells for all tokens at once whether a range of the text holds such a word.
    weighty = np.zeros(len(text) + 1, dtype=bool)
    for word in _WORD.finditer(text):
        if fold(word.group()) not in STOPWORDS:
            weighty[word.start() : word.end()] = True
    inside = np.concatenate(([0], np.cumsum(weighty)))
    covered = inside[np.minimum(ends, len(text))] - inside[np.minimum(starts, len(text))]
    return np.flatnonzero(covered > 0).astype(np.int32)


def centred(tokens: Floats, mean: Floats) -> Floats:
    """Token vectors `(t, d)` less the model's mean token vector, scaled to length one."""
    # All token vectors of a model point much the same way; without their mean they tell more apart.
    moved = tokens - mean
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.maximum(lengths, 1e-9), dtype=np.float32)


def pack(embedding: Embedding, mean: Floats, text: str, prefix: int) -> PackedTokens:
    """Keep the signs of a passage's informative tokens.

    `text` is what was embedded; its first `prefix` code points are title and section. Beyond
    `MAX_PACKED_TOKENS`, repeated pieces go first (their vectors are near one another), then the
    rest from the end.
    """
    kept = informative(text, embedding.starts, embedding.ends)
    if len(kept) > MAX_PACKED_TOKENS:
        # `np.unique` orders by piece: sorted again, what is kept stays in the order of the text.
        _, first = np.unique(embedding.pieces[kept], return_index=True)
        repeats = np.setdiff1d(np.arange(len(kept)), first)
        order = np.concatenate((np.sort(first), repeats))[:MAX_PACKED_TOKENS]
        kept = kept[np.sort(order)]
    starts = embedding.starts[kept] - prefix
    return PackedTokens(
        bits=np.packbits(centred(embedding.tokens[kept], mean) > 0, axis=1),
        pieces=embedding.pieces[kept].astype(np.int32),
        starts=np.clip(starts, -1, _LARGEST_START).astype(np.int32),
    )


_MATMUL_MODEL = (
    "CAg6VgoYCgFBCgFCEgFZIg1NYXRNdWxJbnRlZ2VyEgdwcm9kdWN0Wg8KAUESCgoICAISBAoACgBaDwoBQhIKCggIAxIE"
    "CgAKAGIPCgFZEgoKCAgGEgQKAAoAQgQKABAN"
)
"""One `MatMulInteger` node as an ONNX file; written out, since the library that writes such files
takes half a second to load. `tests/search/test_late.py` makes it again."""


@cache
def _matmul() -> onnxruntime.InferenceSession:
    """Bytes `(t, d)` times signed bytes `(d, q)`: the processor multiplies four at once, and the
    bits need not become floats first (measured for 9,000 tokens: 1.1 ms against 2.4 ms)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        base64.b64decode(_MATMUL_MODEL), options, providers=["CPUExecutionProvider"]
    )


def similarities(query: Floats, bits: Bits, together: int = 1) -> Floats:
    """Inner products of query tokens `(q, d)` and the best of every so many packed tokens that
    follow one another: `(t / together, q)`.

    A sign is 2 × bit − 1, so the product with signs is twice that with bits less the query's sum.
    Query tokens are rounded to signed bytes, each by its own largest value: that moves a
    similarity by some 0.0005.
    """
    out = np.empty((len(bits) // together, len(query)), dtype=np.float32)
    if not out.size:
        return out
    scale = (np.maximum(np.abs(query).max(axis=1), 1e-9) / _LARGEST_BYTE).astype(np.float32)
    rounded = np.rint(query / scale[:, None]).astype(np.int8)
    column = np.ascontiguousarray(rounded.T)
    for start in range(0, len(bits), _TOKENS_AT_A_TIME):
        unpacked = np.unpackbits(bits[start : start + _TOKENS_AT_A_TIME], axis=1)
        (product,) = _matmul().run(None, {"A": unpacked, "B": column})
        best = product[::together]
        for place in range(1, together):
            best = np.maximum(best, product[place::together])
        out[start // together : start // together + len(best)] = best
    # A vector of d signs has the length √d, so that this makes cosines of the products.
    scale /= math.sqrt(query.shape[1])
    out *= 2 * scale
    out -= rounded.sum(axis=1, dtype=np.int32) * scale
    return out


def token_similarities(query: Floats, passages: Sequence[Bits]) -> TokenSimilarities:
    """Compare the tokens of a question `(q, d)` with the packed ones of passages."""
    maxima = np.full((len(passages), len(query)), -1.0, dtype=np.float32)
    sizes = np.array([len(bits) for bits in passages], dtype=np.int64)
    filled = np.flatnonzero(sizes)
    if not len(filled) or not len(query):
        none = np.empty((0, len(query)), dtype=np.float32)
        return TokenSimilarities(maxima, none, np.empty(0, dtype=np.int32))
    stretches = -(-sizes[filled] // _STRETCH_TOKENS)
    # The last token again, until the stretch is full: the best of it stays the same.
    lacking = stretches * _STRETCH_TOKENS - sizes[filled]
    parts: list[Bits] = []
    for place, lack in zip(filled.tolist(), lacking.tolist(), strict=True):
        bits = passages[place]
        parts.append(bits)
        if lack:
            parts.append(bits[-1:].repeat(lack, axis=0))
    best = similarities(query, np.concatenate(parts), together=_STRETCH_TOKENS)
    maxima[filled] = np.maximum.reduceat(best, np.cumsum(stretches) - stretches, axis=0)
    return TokenSimilarities(maxima, best, np.repeat(filled, stretches).astype(np.int32))


def best_spans(near: TokenSimilarities, weights: Floats) -> Floats:
    """For each passage the best weighted sum `(n,)` of similarities to the query's tokens within
    two stretches that follow one another; −1 for an empty one."""
    result = np.full(len(near.maxima), -1.0, dtype=np.float32)
    if not len(near.owner):
        return result
    # Spans begin at every stretch and are two long, so that they overlap by half: words that
    # meet at the border of two stretches are found together.
    joined = near.stretches.copy()
    follows = near.owner[1:] == near.owner[:-1]
    np.maximum(joined[:-1], near.stretches[1:], out=joined[:-1], where=follows[:, None])
    firsts = np.flatnonzero(np.concatenate(([True], ~follows)))
    result[near.owner[firsts]] = np.maximum.reduceat(joined @ weights, firsts)
    return result


@dataclass(frozen=True, slots=True, eq=False)
class QueryTokens:
    """The informative tokens of a question: centred vectors `(q, d)`, weights `(q,)` that sum to
    one (how rare each piece is in the collection), and the code points where each starts."""

    vectors: Floats
    weights: Floats
    starts: Ints


def query_tokens(
    embedding: Embedding, mean: Floats, text: str, statistics: Statistics
) -> QueryTokens:
    """Weigh the tokens of a question by inverse passage frequency of their pieces."""
    kept = informative(text, embedding.starts, embedding.ends)
    # «¿qué es?» has function words only; comparing these is better than comparing nothing.
    if not len(kept):
        kept = np.arange(len(embedding.pieces), dtype=np.int32)
    pieces = embedding.pieces[kept]
    # A piece that no passage holds is searched behind the last one, or in an empty array.
    place = np.searchsorted(statistics.piece_ids, pieces)
    place = np.minimum(place, max(len(statistics.piece_ids) - 1, 0))
    counts = np.zeros(len(pieces), dtype=np.float32)
    if len(statistics.piece_ids):
        known = statistics.piece_ids[place] == pieces
        counts[known] = statistics.piece_counts[place[known]]
    # A little is added, so that a question of pieces that every passage holds has weights at all.
    rarity = np.log((statistics.passages + 1) / (counts + 1)) + 1e-3
    return QueryTokens(
        vectors=centred(embedding.tokens[kept], mean),
        weights=np.asarray(rarity / rarity.sum(), dtype=np.float32),
        starts=embedding.starts[kept],
    )


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
