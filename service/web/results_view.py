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
    start, end = window(text, marks)
    shown = pieces(text, marks, start, end)
    before = (Piece("… "),) if start > 0 else ()
    after = (Piece(" …"),) if end < len(text) else ()
    return before + shown + after


def window(text: str, marks: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Start and end of what is shown."""
    if len(text) <= WIDTH:
        return 0, len(text)
    # Candidates begin a little before each mark; of equal ones `max` takes the first.
    begins = [max(0, min(start - LEAD, len(text) - WIDTH)) for start, _ in marks] or [0]
    best = max(begins, key=lambda begin: covered(marks, begin, begin + WIDTH))
    return start_of_word(text, best), end_of_word(text, best + WIDTH)


def covered(marks: Sequence[tuple[int, int]], start: int, end: int) -> int:
    """How many marked code points lie between start and end."""
    return sum(max(0, min(stop, end) - max(begin, start)) for begin, stop in marks)


def start_of_word(text: str, at: int) -> int:
    """The first word that starts at `at` or after it."""
    if at == 0 or text[at - 1].isspace():
        return at
    space = text.find(" ", at)
    # A text without any space behind is cut inside a word rather than not shown.
    return at if space < 0 else space + 1


def end_of_word(text: str, at: int) -> int:
    """The end of the last word that ends at `at` or before it."""
    if at >= len(text) or text[at].isspace():
        return min(at, len(text))
    space = text.rfind(" ", 0, at)
    return at if space < 0 else space


def pieces(text: str, marks: Sequence[tuple[int, int]], start: int, end: int) -> tuple[Piece, ...]:
    """The text between start and end, cut at the marks; overlapping marks are joined."""
    result: list[Piece] = []
    at = start
    for begin, stop in sorted(marks):
        # Marks may overlap, and `at` is where the last one ended: no text is shown twice.
        begin, stop = max(begin, at), min(stop, end)
        if begin >= stop:
            continue
        if begin > at:
            result.append(Piece(text[at:begin]))
        result.append(Piece(text[begin:stop], marked=True))
        at = stop
    if at < end:
        result.append(Piece(text[at:end]))
    return tuple(result)


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
    passages: tuple[PassageView, ...]
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
    options: tuple[Option, ...]
    rest: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, and the address without it."""

    label: str
    url: str


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
    `hidden_fields` what the form of the filters passes on, `exports` the addresses of the files."""

    text: str
    plain: str
    response: SearchResponse
    sources: tuple[Source, ...]
    searched: str
    literal: str
    explained: str
    query: Query
    groups: tuple[Group, ...]
    filters: tuple[FilterGroup, ...]
    chips: tuple[Chip, ...]
    page: int
    previous: str | None
    following: str | None
    hidden_fields: tuple[tuple[str, str], ...]
    exports: Mapping[str, str]


def search_view(
    query: Query, response: SearchResponse, sources: Sequence[Source] = ()
) -> SearchView:
    """What the results page shows. The filters in force are those of the response: some may be
    written in the text, and a link that takes one back must take it out of the text too."""
    # Without hits a page lies behind the last: a link further on would lead nowhere.
    more = response.total > query.page * query.k and bool(response.hits)
    filters = response.query.filters
    plain = replace(query, text=plain_text(query.text, filters))
    return SearchView(
        text=query.text,
        plain=plain.text,
        response=response,
        sources=tuple(sources),
        searched=searched(response.index.documents, filters),
        literal=search_url(plain.text, filters, literal=True, explain=query.explain),
        explained=search_url(query.text, query.filters, literal=query.literal, explain=True),
        query=query,
        groups=group(response.hits),
        filters=filter_groups(response.facets, filters, response.total),
        chips=chips(plain, filters, {hit.document_id: hit.title for hit in response.hits}),
        page=query.page,
        previous=page_url(query, query.page - 1) if query.page > 1 else None,
        following=page_url(query, query.page + 1) if more else None,
        hidden_fields=hidden_fields(query, filters),
        exports={
            form: export_url(plain.text, filters, form, literal=query.literal)
            for form in ("csv", "json")
        },
    )


def hidden_fields(query: Query, filters: Filters) -> tuple[tuple[str, str], ...]:
    """What a choice of filters must not lose: the other parameters of the search, and the scope
    that no list of filters shows."""
    flags = (("literal", query.literal), ("explain", query.explain))
    scope = [
        (name, value) for name, values in filters.items() if name not in FACETS for value in values
    ]
    return (*((name, "1") for name, chosen in flags if chosen), *scope)


def page_url(query: Query, page: int) -> str:
    """Another page of the same results."""
    return search_url(query.text, query.filters, page, literal=query.literal, explain=query.explain)


def group(hits: Sequence[HitModel]) -> tuple[Group, ...]:
    """Hits of one document together, in the order of the best of each."""
    by_document: dict[str, list[HitModel]] = {}
    for hit in hits:
        by_document.setdefault(hit.document_id, []).append(hit)
    return tuple(
        Group(
            first=found[0],
            passages=tuple(passage_view(hit) for hit in found),
            more=max(hit.more for hit in found),
        )
        for found in by_document.values()
    )


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
) -> tuple[FilterGroup, ...]:
    """Facets that can narrow the result, or that narrow it already."""
    groups = []
    for name in FACETS:
        options = facet_options(name, facets.get(name, ()), chosen.get(name, ()))
        # A value that all results share narrows nothing, unless it is one to be taken back.
        if any(option.chosen or option.count < total for option in options):
            shown = max(OPTIONS_SHOWN, sum(option.chosen for option in options))
            groups.append(FilterGroup(name, facet_name(name), options[:shown], options[shown:]))
    return tuple(groups)


def facet_options(
    name: str, values: Sequence[FacetModel], chosen: Sequence[str]
) -> tuple[Option, ...]:
    """The values of a facet, chosen ones first even when the result has none of them; goals by
    their number, since people know their order."""
    counts = {value.value: value.count for value in values}
    names = [*chosen, *(value.value for value in values if value.value not in chosen)]
    if name == "ods":
        names.sort(key=lambda value: (value not in chosen, value.zfill(2)))  # 2 before 10
    return tuple(
        Option(value, facet_label(name, value), counts.get(value, 0), value in chosen)
        for value in names
    )


def chips(plain: Query, chosen: Filters, titles: Mapping[str, str]) -> tuple[Chip, ...]:
    """One chip a filter in force; a document is called by its title where that is known."""
    return tuple(
        Chip(
            f"{facet_name(name)}: {titles.get(value, facet_label(name, value))}",
            url_without(plain, chosen, name, value),
        )
        for name, values in chosen.items()
        for value in values
    )


def url_without(plain: Query, chosen: Filters, name: str, value: str) -> str:
    """The results without one of their filters."""
    left = {
        facet: [item for item in values if (facet, item) != (name, value)]
        for facet, values in chosen.items()
    }
    return search_url(plain.text, left, literal=plain.literal, explain=plain.explain)
