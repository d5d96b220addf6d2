"""The records of the service and a model → the report of what people do not find."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from search.calibrate import calibration_passages
from search.types import Floats
from service.gaps.grouping import centred, group
from service.gaps.kinds import Kind
from service.gaps.report import Group, Report, Span, by_text, section_of, usual
from service.records import vectors
from service.records.database import open_records
from service.records.questions import Outcome, normal
from service.records.tables import SCHEMA, Connection, Use, read_use

DAYS = 30
MOST_DAYS = 366

MOST_TEXTS = 4_000
"""Texts that are compared with each other: 64 MB of similarities. Rarer ones stand alone."""

_EVERY = 3
"""Every third neutral passage is enough for what all texts have in common."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What a report is wanted of; None is all."""

    days: int = DAYS
    kind: Kind | None = None
    toolkit: str | None = None
    goal: int | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A model by name, and how it turns a question into a vector."""

    name: str
    embed: vectors.Embed


def gather(
    index: Path,
    asking: Asking,
    model: Model,
    now: datetime,
    go_on: vectors.Progress = lambda _done, _total: True,
) -> Report:
    """The report for the folder of an index. Raises `RecordsUnusable`.

    New texts are embedded as long as `go_on` says so; the others are compared only literally.
    """
    span = Span((now - timedelta(days=asking.days - 1)).date(), now.date())
    with closing(open_records(index, SCHEMA + vectors.SCHEMA)) as connection:
        uses = [use for use in read_use(connection, span.since.isoformat()) if _fits(use, asking)]
        texts = [usual(same) for same in by_text(uses)]
        centre = _centre(connection, model) if texts else np.zeros(1, np.float32)
        known = vectors.vectors_of(connection, texts, model.name, model.embed, go_on)
    compared = {normal(text): vector for text, vector in known.items()}
    kinds = [asking.kind] if asking.kind else list(Kind)
    return Report(
        since=span.since,
        until=span.until,
        weeks=span.weeks,
        searches=sum(use.searches for use in uses),
        answered=sum(use.searches for use in uses if use.outcome is Outcome.FOUND),
        sections=tuple(section_of(kind, uses, span, _grouper(compared, centre)) for kind in kinds),
        pending=len(texts) - len(compared),
    )


def _fits(use: Use, asking: Asking) -> bool:
    return asking.toolkit in (None, use.toolkit) and (
        asking.goal is None or asking.goal in use.goals
    )


def _centre(connection: Connection, model: Model) -> Floats:
    """What all texts have in common for this model, measured on neutral prose once."""
    centre = vectors.kept(connection, vectors.CENTRE, model.name)
    if centre is None:
        passages = calibration_passages()[::_EVERY]
        centre = np.mean([model.embed(passage) for passage in passages], axis=0, dtype=np.float32)
        vectors.keep(connection, {vectors.CENTRE: centre}, model.name)
    return centre


def _grouper(known: Mapping[str, Floats], centre: Floats) -> Group:
    """Groups texts by meaning; those without a vector, or too many, stand alone."""

    def grouped(texts: Sequence[str]) -> list[list[int]]:
        places = [place for place, text in enumerate(texts) if normal(text) in known]
        places = places[:MOST_TEXTS]
        alone = [[place] for place in sorted(set(range(len(texts))) - set(places))]
        if not places:
            return alone
        compared = np.stack([known[normal(texts[place])] for place in places])
        groups = group(centred(compared, centre))
        return [[places[row] for row in rows] for rows in groups] + alone

    return grouped
