"""Prepares the search JSON for the results page: groups by document, snippets, filters, chips."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from search.query import plain_text
from search.results import Query
from service.labels import FACETS, facet_label, facet_name
from service.links import export_url, search_url
from service.publish.citations import CitationStyle
from service.web.schemas import CitationModel, FacetModel, HitModel, SearchResponse, searched

WIDTH = 240  # code points: about three lines of 68 characters, with room for whole words
LEAD = 60  # shown before the first mark, so that it has a context


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, marked or not."""

    text: str
    marked: bool = False


def snippet(text: str, marks: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    """The window with most marked text, cut between words, as pieces in order."""
    start, end = 0, len(text)
    if len(text) > WIDTH:
        # Candidates begin a little before each mark; of equal ones `max` takes the first.
        begins = [max(0, min(at - LEAD, len(text) - WIDTH)) for at, _ in marks] or [0]
        best = max(begins, key=lambda begin: covered(marks, begin, begin + WIDTH))
        start, end = whole_words(text, best, best + WIDTH)
    before = (Piece("… "),) if start > 0 else ()
    after = (Piece(" …"),) if end < len(text) else ()
    return before + pieces(text, marks, start, end) + after


def covered(marks: Sequence[tuple[int, int]], start: int, end: int) -> int:
    """How many marked code points lie between start and end."""
    return sum(max(0, min(stop, end) - max(begin, start)) for begin, stop in marks)


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """From the first word that starts at `start` or after it to the last one that ends at `end` or
    before it. A text without any space is cut inside a word rather than not shown."""
    if start > 0 and not text[start - 1].isspace():
        space = text.find(" ", start)
        start = start if space < 0 else space + 1
    if end < len(text) and not text[end].isspace():
        space = text.rfind(" ", 0, end)
        end = end if space < 0 else space
    return start, end


def pieces(text: str, marks: Sequence[tuple[int, int]], start: int, end: int) -> tuple[Piece, ...]:
    """The text between start and end, cut at the marks; overlapping marks are joined."""
    result: list[Piece] = []
    at = start
    for begin, stop in sorted(marks):
        # Marks may overlap, and `at` is where the last one ended: no text is shown twice.
        begin, stop = max(begin, at), min(stop, end)
        if begin < stop:
            result += [Piece(text[at:begin]), Piece(text[begin:stop], marked=True)]
            at = stop
    result.append(Piece(text[at:end]))
    return tuple(piece for piece in result if piece.text)


OPTIONS_SHOWN = 6  # values of a facet before «Ver más»

Filters = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class PassageView:
    """A passage with two or three lines of it, as the results and the reader show it."""

    hit: HitModel
    section: tuple[str, ...]
    snippet: tuple[Piece, ...]
    goals: Mapping[int, tuple[str, ...]]
    """Each goal that the passage names, with the targets that it names."""


@dataclass(frozen=True, slots=True)
class Group:
    """A document with its passages, best first."""

    first: HitModel
    passages: Sequence[PassageView]
    more: int


@dataclass(frozen=True, slots=True)
class Option:
    """A value to filter by; without a count when the result has none of it."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """A facet with its values: those always shown and the rest."""

    name: str
    label: str
    options: Sequence[Option]
    rest: Sequence[Option]


@dataclass(frozen=True, slots=True)
class Source:
    """A citation of the answer, where it stands («página 3»), and how to cite it elsewhere."""

    citation: CitationModel
    place: str
    styles: Sequence[CitationStyle]


@dataclass(frozen=True, slots=True)
class SearchView:
    """All that the results page needs. `plain` is the question without the filters written in it,
    `literal` and `explained` the addresses of the same search as typed and with the reasons,
    `chips` the filters in force, each with the address without it, `hidden_fields` what the form of
    the filters passes on, `exports` the addresses of the files."""

    query: Query
    plain: str
    response: SearchResponse
    sources: Sequence[Source]
    searched: str
    literal: str
    explained: str
    groups: Sequence[Group]
    filters: Sequence[FilterGroup]
    chips: Sequence[tuple[str, str]]
    previous: str | None
    following: str | None
    hidden_fields: Sequence[tuple[str, str]]
    exports: Mapping[str, str]


def search_view(query: Query, response: SearchResponse, sources: Sequence[Source]) -> SearchView:
    """What the results page shows. The filters in force are those of the response: some may be
    written in the text, and a link that takes one back must take it out of the text too."""
    filters = {name: tuple(values) for name, values in response.query.filters.items()}
    plain = replace(query, text=plain_text(query.text, filters), filters=filters, page=1)
    # What a choice of filters must not lose: the other parameters of the search, and the scope that
    # no list of filters shows.
    hidden = [(name, "1") for name in ("literal", "explain") if getattr(query, name)]
    hidden += [(name, v) for name, values in filters.items() if name not in FACETS for v in values]
    by_document: dict[str, list[HitModel]] = {}
    for hit in response.hits:
        by_document.setdefault(hit.document_id, []).append(hit)
    chips = []
    for name, value in [(name, value) for name, values in filters.items() for value in values]:
        # A document is called by its title where that is known.
        known = by_document.get(value)
        label = known[0].title if known else facet_label(name, value)
        left = {**filters, name: tuple(other for other in filters[name] if other != value)}
        chips.append((f"{facet_name(name)}: {label}", query_url(replace(plain, filters=left))))
    # Without hits a page lies behind the last: a link further on would lead nowhere.
    more = response.total > query.page * query.k and bool(response.hits)
    return SearchView(
        query=query,
        plain=plain.text,
        response=response,
        sources=sources,
        searched=searched(response.index.documents, filters),
        literal=query_url(replace(plain, literal=True)),
        explained=query_url(replace(query, page=1, explain=True)),
        groups=[
            Group(found[0], [passage_view(hit) for hit in found], max(hit.more for hit in found))
            for found in by_document.values()
        ],
        filters=filter_groups(response.facets, filters, response.total),
        chips=chips,
        previous=query_url(replace(query, page=query.page - 1)) if query.page > 1 else None,
        following=query_url(replace(query, page=query.page + 1)) if more else None,
        hidden_fields=hidden,
        exports={
            form: export_url(plain.text, filters, form, literal=query.literal)
            for form in ("csv", "json")
        },
    )


def query_url(query: Query) -> str:
    """The results page of a query."""
    flags = {"literal": query.literal, "explain": query.explain}
    return search_url(query.text, query.filters, query.page, **flags)


def passage_view(hit: HitModel) -> PassageView:
    """A passage with its lines, and its section without the title that stands above it."""
    # The title stands above the passages already; documents may repeat it as their first heading.
    section = [name for name in hit.section if name != hit.title]
    goals: dict[int, tuple[str, ...]] = {}
    for tag in hit.ods:
        known = goals.get(tag.goal, ())
        goals[tag.goal] = (*known, tag.target) if tag.target else known
    return PassageView(hit, tuple(section), snippet(hit.text, hit.marks), goals)


def filter_groups(
    facets: Mapping[str, Sequence[FacetModel]], chosen: Filters, total: int
) -> list[FilterGroup]:
    """Facets that can narrow the result, or that narrow it already."""
    groups = []
    for facet in FACETS:
        taken, counts = chosen.get(facet, ()), {v.value: v.count for v in facets.get(facet, ())}
        # Chosen values first, even when the result has none of them.
        names = list(dict.fromkeys([*taken, *counts]))
        if facet == "ods":  # by their number, since people know their order: 2 before 10
            names.sort(key=lambda name: (name not in taken, name.zfill(2)))
        options = [
            Option(name, facet_label(facet, name), counts.get(name, 0), name in taken)
            for name in names
        ]
        # A value that all results share narrows nothing, unless it is one to be taken back.
        if any(option.chosen or option.count < total for option in options):
            shown = max(OPTIONS_SHOWN, sum(option.chosen for option in options))
            groups.append(FilterGroup(facet, facet_name(facet), options[:shown], options[shown:]))
    return groups
