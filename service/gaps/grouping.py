"""Vectors of questions → groups that mean the same."""

import numpy as np

from search.types import Floats

LEAST = 0.5
"""How alike, as cosine after centring, the two most different texts of a group are at least.

Twelve subjects in five wordings each among 429 judged questions and their perturbations
(`python -m benchmarks.gaps`): at .45 nine subjects are found (mostly one subject in its group, and
at least half of it) with precision .64 over all texts, at .5 eleven with .71, at .55 ten with .79.
Average linkage finds nine at best, and its largest groups swallow 19 to 48 questions. Of the
twelve subjects that did not choose the number, .45 to .5 find all and .55 loses two.
"""


def centred(vectors: Floats, centre: Floats) -> Floats:
    """Unit vectors without what all texts have in common: all cosines of this family of models lie
    above .75, whatever the texts say."""
    moved = vectors - centre
    unit: Floats = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
    return unit


def group(vectors: Floats, least: float = LEAST) -> list[list[int]]:
    """Rows of unit vectors → groups by complete linkage, cut at `least`.

    A chain of nearest neighbours (Murtagh 1983) finds the same groups as merging the closest pair
    again and again, in quadratic time. Similarities only fall while groups grow, so what has no
    neighbour near enough is done.
    """
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -np.inf)
    members = [[row] for row in range(len(vectors))]
    waiting = np.ones(len(vectors), bool)
    chain: list[int] = []
    while chain or waiting.any():
        if not chain:
            chain.append(int(waiting.argmax()))
        here = chain[-1]
        near = np.where(waiting, alike[here], -np.inf)
        nearest = int(near.argmax())
        if near[nearest] < least:
            waiting[here] = False
            chain.pop()
        elif len(chain) > 1 and near[chain[-2]] >= near[nearest]:
            before = chain[-2]
            del chain[-2:]
            alike[before] = alike[:, before] = np.minimum(alike[before], alike[here])
            waiting[here] = False
            members[before] += members[here]
            members[here] = []
        else:
            chain.append(nearest)
    return [sorted(rows) for rows in members if rows]
