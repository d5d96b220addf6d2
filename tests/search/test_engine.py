"""What every storage engine must do, said of the protocols `Engine` and `Writer` alone."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import seam_collection as made
from hash_embedder import DIMENSION
from hypothesis import given, settings
from hypothesis import strategies as st
from own_texts import entry_of, make_document
from seam_collection import EMBEDDER, ENTRIES, NOTES

from search.documents import (
    NOTHING_KNOWN,
    BlockKind,
    Document,
    Entry,
    Floats,
    Page,
    Passage,
    heading_of,
)
from search.engine import (
    FILTERS,
    NOTHING_HIDDEN,
    AgendaLine,
    CandidateRequest,
    Candidates,
    CollectionNotes,
    DocumentContent,
    DocumentPart,
    Engine,
    Hidden,
    Scope,
    Selection,
    Term,
    Writer,
    facet_of,
)
from search.errors import IndexMissing, IndexUnusable, ModelMismatch
from search.index import generation, latest_generation, open_engine, open_writer
from search.results import IndexInfo, Match, Suggestion
from search.text.acronyms import load, singular
from search.text.analysis import Token, analyse, readings
from search.text.question_types import signs_of
from search.text.sentences import sentences

MODEL = EMBEDDER.name


def _fail_to_publish(patch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    patch.setattr(generation, "write_caches", full)


@dataclass(frozen=True, slots=True)
class Doors:
    """How an engine is opened, and how its disk is made to fail while it publishes."""

    engine: Callable[[Path], Engine]
    writer: Callable[..., Writer]
    fail_to_publish: Callable[[pytest.MonkeyPatch], None]


ENGINES = {"inside the process": Doors(open_engine, open_writer, _fail_to_publish)}


@pytest.fixture(scope="module", params=ENGINES)
def doors(request: pytest.FixtureRequest) -> Doors:
    return ENGINES[request.param]


@pytest.fixture(scope="module")
def place(doors: Doors, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection, published; nobody writes to it."""
    folder = tmp_path_factory.mktemp("contrato") / "indice"
    with closing(doors.writer(folder, MODEL, create=True)) as writer:
        for entry in ENTRIES:
            writer.put(entry, entry.document.id)
        writer.publish(NOTES)
    return folder


@pytest.fixture(scope="module")
def engine(doors: Doors, place: Path) -> Iterator[Engine]:
    opened = doors.engine(place)
    yield opened
    opened.close()


# The same collection in plain Python

BY_ID = {entry.document.id: entry for entry in sorted(ENTRIES, key=lambda each: each.document.id)}
DOCUMENTS = tuple(entry.document for entry in BY_ID.values())
PASSAGES = {passage.id: passage for entry in BY_ID.values() for passage in entry.passages}
IDS = tuple(PASSAGES)
VECTORS = {
    passage.id: vector
    for entry in BY_ID.values()
    for passage, vector in zip(entry.passages, entry.vectors, strict=True)
}
TOKENS = {
    passage.id: tokens
    for entry in BY_ID.values()
    for passage, tokens in zip(entry.passages, entry.tokens, strict=True)
}
TAGS = {id_: tuple(tag for tag in made.TAGS if tag.passage_id == id_) for id_ in IDS}
LANGUAGES = tuple(sorted({passage.language for passage in PASSAGES.values()}))
NOWHERE = (Term("zzz", "zzz"),)
"""A word that no passage holds."""


def document_of(id_: str) -> Document:
    return BY_ID[PASSAGES[id_].document_id].document


def texts_of(id_: str) -> tuple[str, str]:
    """What stands above a passage, and its own text."""
    document, passage = document_of(id_), PASSAGES[id_]
    return " ".join(filter(None, (heading_of(document, passage), document.symbol))), passage.text


def has(id_: str, name: str, values: tuple[str, ...]) -> bool:
    if name == "ods":
        return any(str(tag.goal) in values for tag in TAGS[id_])
    own = PASSAGES[id_].language if name == "language" else facet_of(document_of(id_), name)
    return own in values


def holds(id_: str, phrase: tuple[str, ...]) -> bool:
    """Whether these words stand in this order in the text or above it."""
    for text in texts_of(id_):
        words = [token.surface for token in analyse(text)]
        if any(tuple(words[i : i + len(phrase)]) == phrase for i in range(len(words))):
            return True
    return False


def visible(hidden: Hidden) -> list[str]:
    return [
        id_
        for id_ in IDS
        if id_ not in hidden.passages and PASSAGES[id_].document_id not in hidden.documents
    ]


def expected(scope: Scope) -> tuple[list[str], bool]:
    """The passages in scope, and whether its phrases are held by none and so left out."""
    allowed = [
        id_ for id_ in visible(scope.hidden) if not any(holds(id_, one) for one in scope.excluded)
    ]
    held = [id_ for id_ in allowed if all(holds(id_, one) for one in scope.phrases)]
    dropped = not held and bool(scope.phrases)
    chosen = allowed if dropped else held
    return [i for i in chosen if all(has(i, *one) for one in scope.filters.items())], dropped


def terms(text: str) -> tuple[Term, ...]:
    return tuple(Term(token.surface, token.stem) for token in analyse(text) if token.informative)


def vector(text: str) -> Floats:
    return EMBEDDER.embed_query(text).vector


def everything(engine: Engine, scope: Scope | None = None) -> Candidates:
    return engine.candidates(CandidateRequest(scope or Scope(), lexical=1000))


# Scope

SCOPES = [
    Scope(),
    *(
        Scope({name: (value,)})
        for name, value in (
            ("document_type", "guidance_note"),
            ("language", "en"),
            ("toolkit", "Cambio de mentalidad"),
            ("module", "Módulo 2"),
            ("year", "2024"),
            ("year", "2020"),
            ("audience", "Municipios"),
            ("ods", "16"),
            ("event", "Cumbre de Quito"),
            ("document", "kit"),
            ("language", "fr"),
            ("ods", "18"),
            ("ods", "otro"),
            ("document", "ninguno"),
            ("toolkit", ""),
        )
    ),
    Scope({"language": ("en", "pt")}),
    Scope({"ods": ("11", "16")}),
    Scope({"ods": ()}),
    Scope({"document_type": ("guidance_note", "toolkit"), "language": ("es",)}),
    Scope({"document_type": ("guidance_note",), "year": ("2024",), "ods": ("11",)}),
    Scope(phrases=(("rendicion", "de", "cuentas"),)),
    Scope(phrases=(("cuentas", "rendicion"),)),
    Scope(phrases=(("presupuesto",), ("abril",))),
    Scope(phrases=(("programa", "del", "taller"),)),
    Scope(phrases=(("a/80/62",),)),
    Scope(phrases=(("presupuestos",),)),
    Scope(excluded=(("presupuesto",),)),
    Scope(excluded=(("once", "principios"), ("meta",))),
    Scope({"document": ("kit",)}, phrases=(("rendicion", "de", "cuentas"),)),
    Scope(phrases=(("nadie", "dijo", "esto"),), excluded=(("presupuesto",),)),
    Scope({"document": ("guia",)}, (("nadie", "dijo", "esto"),), (("presupuesto",),)),
    Scope(phrases=(("presupuesto",),), excluded=(("abril",), ("cuentas",))),
    Scope(hidden=Hidden(frozenset({"guia"}))),
    Scope(hidden=Hidden(passages=frozenset({"guia-0", "kit-1", "ninguno"}))),
    Scope({"language": ("es",)}, hidden=Hidden(frozenset({"guia"}), frozenset({"programa-0"}))),
    Scope(phrases=(("once", "principios"),), hidden=Hidden(passages=frozenset({"guia-0"}))),
    Scope(hidden=Hidden(frozenset(BY_ID))),
]


@pytest.mark.parametrize("scope", SCOPES)
def test_a_passage_is_in_scope_when_all_of_it_holds(engine: Engine, scope: Scope) -> None:
    found = everything(engine, scope)
    ids, dropped = expected(scope)
    assert list(found.passages.ids) == ids
    assert found.phrases_dropped is dropped


OWN_FILTERS = [name for name in FILTERS if name not in ("language", "ods")]
VALUES = {
    name: ("", "nada", *sorted({facet_of(document, name) for document in DOCUMENTS} - {""}))
    for name in OWN_FILTERS
} | {"language": ("es", "en", "pt", "fr"), "ods": ("11", "16", "18")}
PHRASES = [
    ("presupuesto",),
    ("rendicion", "de", "cuentas"),
    ("guia",),
    ("programa", "del", "taller"),
    ("budget", "offices"),
    ("nadie", "dijo", "esto"),
]
SOME_SCOPE = st.builds(
    Scope,
    st.dictionaries(st.sampled_from(FILTERS), st.just(()), max_size=3).flatmap(
        lambda names: st.fixed_dictionaries(
            {
                name: st.lists(st.sampled_from(VALUES[name]), min_size=1, max_size=3).map(tuple)
                for name in names
            }
        )
    ),
    st.lists(st.sampled_from(PHRASES), max_size=2).map(tuple),
    st.lists(st.sampled_from(PHRASES), max_size=2).map(tuple),
    st.builds(
        Hidden,
        st.frozensets(st.sampled_from([*BY_ID, "ninguno"]), max_size=3),
        st.frozensets(st.sampled_from([*IDS, "ninguno"]), max_size=4),
    ),
)


@settings(max_examples=150, deadline=None)
@given(SOME_SCOPE)
def test_any_scope_is_what_its_parts_say(engine: Engine, scope: Scope) -> None:
    found = everything(engine, scope)
    assert (list(found.passages.ids), found.phrases_dropped) == expected(scope)
    asked = CandidateRequest(scope, terms("presupuesto participativo"), vector("presupuesto"))
    assert set(engine.candidates(asked).passages.ids) <= set(found.passages.ids)


# Candidates


def test_candidates_come_once_in_the_order_of_the_collection(engine: Engine) -> None:
    pins = (Selection("kit"), Selection(passage="guia-1"), Selection(passage="guia-1"))
    request = CandidateRequest(Scope(), terms("presupuesto habit"), vector("plan local"), pins=pins)
    found = engine.candidates(request).passages.ids
    assert list(found) == [id_ for id_ in IDS if id_ in set(found)]
    assert len(found) > 5


def check_shapes(found: Candidates, asked: CandidateRequest) -> None:
    """Everything is told of every candidate and of every term."""
    n, t = len(found.passages.ids), len(asked.terms)
    passages, words = found.passages, found.words
    for told in (passages.document, passages.language, passages.goals, found.cosine, words.lengths):
        assert told.shape == (n,)
    for told in (found.same_text, found.speaks, found.pinned):
        assert told.shape == (n,)
    assert (words.stem_held.shape, words.held.shape) == ((t,), (t,))
    occurrences = (words.owner, words.position, words.term, words.word, words.heading)
    assert len({one.shape for one in occurrences}) == 1
    places = list(zip(words.owner.tolist(), words.position.tolist(), strict=True))
    assert places == sorted(set(places))
    assert all(0 <= owner < n for owner in words.owner.tolist())
    assert all(-1 <= one < t for one in (*words.term.tolist(), *words.word.tolist()))
    assert (words.passages, words.mean_length > 0) == (len(IDS), True)
    assert (len(found.pins), len(found.probed)) == (len(asked.pins), len(asked.probes))
    documents = [document.id for document in DOCUMENTS]
    told_documents = [documents[place] for place in passages.document]
    assert told_documents == [PASSAGES[id_].document_id for id_ in passages.ids]
    told_languages = [LANGUAGES[place] for place in passages.language]
    assert told_languages == [PASSAGES[id_].language for id_ in passages.ids]
    goals = [sum({1 << tag.goal for tag in TAGS[id_]}) for id_ in passages.ids]
    assert passages.goals.tolist() == goals


@pytest.mark.parametrize(
    "asked",
    [
        CandidateRequest(Scope(), lexical=1000),
        CandidateRequest(Scope(), terms("presupuesto de la guía"), vector("presupuesto")),
        CandidateRequest(Scope(), NOWHERE),
        CandidateRequest(
            Scope({"document": ("kit",)}),
            terms("habit"),
            pins=(Selection("kit"), Selection("no")),
            probes=(("habit",),),
        ),
        CandidateRequest(Scope({"document": ("ninguno",)}), terms("habit"), vector("habit")),
    ],
    ids=["all", "both", "nothing", "narrow", "empty"],
)
def test_all_that_is_told_of_candidates_has_its_shape(
    engine: Engine, asked: CandidateRequest
) -> None:
    check_shapes(engine.candidates(asked), asked)


def test_without_terms_and_vector_the_first_passages_are_candidates(engine: Engine) -> None:
    assert engine.candidates(CandidateRequest(Scope(), lexical=4)).passages.ids == IDS[:4]
    narrow = CandidateRequest(Scope({"language": ("en",)}), lexical=2)
    assert engine.candidates(narrow).passages.ids == ("kit-0", "kit-1")


def nearest(question: Floats, count: int, among: list[str]) -> set[str]:
    """The nearest within each language."""
    found: set[str] = set()
    for language in LANGUAGES:
        inside = [id_ for id_ in among if PASSAGES[id_].language == language]
        found |= set(sorted(inside, key=lambda id_: -float(VECTORS[id_] @ question))[:count])
    return found


@pytest.mark.parametrize(
    "scope",
    [Scope(), Scope({"year": ("2024",)}), Scope(hidden=Hidden(frozenset({"guia", "kit"})))],
    ids=["all", "filter", "hidden"],
)
@pytest.mark.parametrize("text", ["presupuesto participativo", "write a habit", "oficina"])
def test_a_vector_alone_finds_the_nearest_in_each_language(
    engine: Engine, text: str, scope: Scope
) -> None:
    for dense in (1, 2, 50):
        request = CandidateRequest(scope, vector=vector(text), dense=dense)
        found = set(engine.candidates(request).passages.ids)
        assert found == nearest(vector(text), dense, expected(scope)[0])


def test_terms_alone_find_the_passages_that_hold_them(engine: Engine) -> None:
    found = engine.candidates(CandidateRequest(Scope(), terms("presupuesto")))
    stems = {token.stem for token in analyse("presupuesto")}
    held = [i for i in IDS if stems & {t.stem for text in texts_of(i) for t in analyse(text)}]
    assert list(found.passages.ids) == held
    assert found.cosine.tolist() == [0] * len(held)


@pytest.mark.parametrize(
    ("wanted", "best"),
    [
        (terms("presupuestos"), "programa-1"),  # the very word before another of its stem
        (terms("abierto"), "guia-5"),  # its copy in the older edition is hidden
        ((Term("habit", "habit", 0.01), Term("contract", "contract")), "kit-1"),
        ((Term("habit", "habit"), Term("contract", "contract", 0.01)), "kit-2"),
        (terms("subsidiariedad presupuesto local"), "guia-4"),
    ],
    ids=["exact", "one", "light", "heavy", "several"],
)
def test_the_best_by_words_is_the_one_that_is_kept(
    engine: Engine, wanted: tuple[Term, ...], best: str
) -> None:
    scope = Scope(hidden=Hidden(frozenset({"edicion"}), frozenset({"guia-2"})))
    request = CandidateRequest(scope, wanted, lexical=1)
    assert engine.candidates(request).passages.ids == (best,)


def test_words_and_vector_together_are_the_union(engine: Engine) -> None:
    wanted, question = terms("subsidiariedad"), vector("write a habit")
    by_words = engine.candidates(CandidateRequest(Scope(), wanted, lexical=1)).passages.ids
    by_vector = engine.candidates(CandidateRequest(Scope(), vector=question, dense=1)).passages.ids
    both = engine.candidates(CandidateRequest(Scope(), wanted, question, lexical=1, dense=1))
    assert set(both.passages.ids) == {*by_words, *by_vector}


def test_who_asks_for_none_gets_none(engine: Engine) -> None:
    request = CandidateRequest(
        Scope(), terms("presupuesto"), vector("plan"), lexical=0, dense=0, pins=(Selection("guia"),)
    )
    few = engine.candidates(request)
    assert 0 < len(few.passages.ids) < len(IDS)
    assert few.pinned.all()
    assert engine.candidates(replace(request, per_pin=0)).passages.ids == ()
    assert engine.candidates(CandidateRequest(Scope(), lexical=0)).passages.ids == ()


def test_a_cosine_is_the_inner_product(engine: Engine) -> None:
    question = vector("presupuesto de los municipios")
    found = engine.candidates(CandidateRequest(Scope(), vector=question, dense=50))
    assert set(found.passages.ids) == set(IDS)
    plain = [float(VECTORS[id_] @ question) for id_ in found.passages.ids]
    assert found.cosine.tolist() == pytest.approx(plain, abs=1e-5)


def test_occurrences_are_where_the_analysis_has_the_words(engine: Engine) -> None:
    wanted = terms("presupuesto sesión taller")
    found = engine.candidates(CandidateRequest(Scope(), wanted, vector("taller"), dense=50))
    stems = [term.stem for term in wanted]
    surfaces = [term.surface for term in wanted]
    seen = []
    lengths = []
    for owner, id_ in enumerate(found.passages.ids):
        above, text = (_read(one) for one in texts_of(id_))
        lengths.append(len(text))
        for position, token in enumerate((*above, *text)):
            if token.stem in stems:
                exact = surfaces.index(token.surface) if token.surface in surfaces else -1
                heading = position < len(above)
                seen.append((owner, position, stems.index(token.stem), exact, heading))
    words = found.words
    told = (words.owner, words.position, words.term, words.word, words.heading)
    assert list(zip(*(one.tolist() for one in told), strict=True)) == seen
    assert words.lengths.tolist() == lengths
    assert words.mean_length == pytest.approx(np.mean(lengths))
    every = [{t.stem for text in texts_of(id_) for t in _read(text)} for id_ in IDS]
    assert words.stem_held.tolist() == [sum(one in held for held in every) for one in stems]


# Pins


def pinned(engine: Engine, *pins: Selection, **more: object) -> Candidates:
    request = CandidateRequest(Scope(), NOWHERE, pins=pins)
    return engine.candidates(replace(request, **more))  # type: ignore[arg-type] # fields by name


def told_of(found: Candidates, pin: int = 0) -> dict[str, str]:
    """Candidate → the passage that a pin names for it."""
    told = found.pins[pin]
    assert list(told.places) == sorted(told.places)
    ids = [found.passages.ids[place] for place in told.places]
    return dict(zip(ids, told.passages.ids, strict=True))


@pytest.mark.parametrize(
    ("pin", "ids"),
    [
        (Selection(passage="guia-4"), ["guia-4"]),
        (Selection("guia", page=1), ["guia-0", "guia-1", "guia-2"]),
        (Selection("guia", page=2), ["guia-2", "guia-4", "guia-5"]),
        (Selection("guia", page=9), []),
        (Selection("edicion"), ["edicion-0", "edicion-1", "edicion-2"]),
        (Selection("vacio"), []),
        (Selection("ninguno"), []),
        (Selection(passage="ninguno"), []),
    ],
    ids=str,
)
def test_what_a_pin_selects_is_among_the_candidates(
    engine: Engine, pin: Selection, ids: list[str]
) -> None:
    found = pinned(engine, pin)
    assert list(found.passages.ids) == ids
    assert found.pinned.tolist() == [True] * len(ids)
    assert told_of(found) == {id_: id_ for id_ in ids}
    assert found.pins[0].passages.goals.tolist() == found.passages.goals.tolist()


def test_a_candidate_that_is_not_pinned_says_so(engine: Engine) -> None:
    found = pinned(engine, Selection(passage="kit-0"), terms=terms("habit"))
    assert found.passages.ids == ("kit-0", "kit-2")
    assert found.pinned.tolist() == [True, False]


def test_a_pin_holds_within_the_scope_only(engine: Engine) -> None:
    pin = Selection(passage="guia-4")
    for scope in (
        Scope(hidden=Hidden(passages=frozenset({"guia-4"}))),
        Scope(hidden=Hidden(frozenset({"guia"}))),
        Scope({"year": ("2020",)}),
        Scope(excluded=(("plan",),)),
        Scope(phrases=(("once", "principios"),)),
    ):
        found = pinned(engine, pin, scope=scope)
        assert (found.passages.ids, told_of(found)) == ((), {})
    inside = pinned(engine, pin, scope=Scope({"ods": ("16",)}))
    assert told_of(inside) == {"guia-4": "guia-4"}


def test_of_a_pinned_document_the_best_by_words_and_the_nearest_are_candidates(
    engine: Engine,
) -> None:
    wanted, question = terms("subsidiariedad"), vector("plan local ods")
    found = pinned(
        engine,
        Selection("guia"),
        terms=wanted,
        vector=question,
        per_pin=1,
        lexical=1,
        dense=1,
        scope=Scope(),
    )
    of_guide = [id_ for id_ in IDS if PASSAGES[id_].document_id == "guia"]
    near = nearest(question, 1, of_guide)
    flagged = [i for i, one in zip(found.passages.ids, found.pinned, strict=True) if one]
    assert set(flagged) == {"guia-2", *near}
    assert set(told_of(found)) >= set(flagged)


def test_a_pin_names_its_copy_of_a_text_that_is_a_candidate(engine: Engine) -> None:
    found = pinned(engine, Selection(passage="edicion-0"), terms=terms("presupuesto abril"))
    assert set(found.passages.ids) >= {"edicion-0", "guia-1"}
    assert told_of(found) == {"edicion-0": "edicion-0", "guia-1": "edicion-0"}
    assert found.pins[0].passages.document.tolist() == [0, 0]


def test_two_pins_may_mean_one_passage(engine: Engine) -> None:
    found = pinned(engine, Selection("kit", page=2), Selection(passage="kit-2"), Selection("guia"))
    assert told_of(found, 0) == told_of(found, 1) == {"kit-2": "kit-2"}
    assert "kit-2" not in told_of(found, 2)
    assert len(found.passages.ids) == len(set(found.passages.ids))


# Probes and versions


@pytest.mark.parametrize(
    ("probe", "hidden", "there"),
    [
        (("sesion", "2"), NOTHING_HIDDEN, True),
        (("sesion", "4"), NOTHING_HIDDEN, False),
        (("mindset", "kit"), NOTHING_HIDDEN, True),
        (("once", "principios"), Hidden(passages=frozenset({"guia-0"})), False),
        (("presupuesto", "abierto"), Hidden(frozenset({"guia"})), True),
        (("presupuesto", "abierto"), Hidden(frozenset({"guia", "edicion"})), False),
    ],
)
def test_a_probe_asks_the_collection_whatever_the_filters(
    engine: Engine, probe: tuple[str, ...], hidden: Hidden, *, there: bool
) -> None:
    for filters in ({}, {"document": ("kit",)}, {"language": ("fr",)}):
        request = CandidateRequest(Scope(filters, hidden=hidden), NOWHERE, probes=(probe, ("zzz",)))
        assert engine.candidates(request).probed == (there, False)


def test_copies_of_a_text_are_one_text_and_one_of_them_speaks(engine: Engine) -> None:
    found = everything(engine)
    by_text: dict[int, list[str]] = {}
    for id_, text in zip(found.passages.ids, found.same_text.tolist(), strict=True):
        by_text.setdefault(text, []).append(id_)
    together = sorted(ids for ids in by_text.values() if len(ids) > 1)
    assert together == sorted([*pair] for pair in made.COPIES.items())
    silent = [i for i, speaks in zip(found.passages.ids, found.speaks, strict=True) if not speaks]
    assert silent == sorted(made.COPIES)


def test_a_copy_does_not_speak_even_where_its_speaker_is_no_candidate(engine: Engine) -> None:
    found = everything(engine, Scope({"year": ("2020",)}))
    assert found.passages.ids == ("edicion-0", "edicion-1", "edicion-2")
    assert found.speaks.tolist() == [False, True, False]
    assert len(set(found.same_text.tolist())) == 3


# Token vectors

QUESTIONS = ["presupuesto participativo municipios", "habit", ""]


def query(text: str) -> Floats:
    return EMBEDDER.embed_query(text).tokens


def plain_similarities(id_: str, tokens: Floats) -> Floats:
    """Cosines of the signs of a passage's tokens with those of a question, `(k, q)`."""
    bits = TOKENS[id_].bits
    if not len(bits):
        return np.empty((0, len(tokens)), dtype=np.float32)
    signs = 2.0 * np.unpackbits(bits, axis=1) - 1.0
    return np.asarray(signs @ tokens.T / np.sqrt(DIMENSION), dtype=np.float32)


def rounding(tokens: Floats) -> float:
    """The most that rounding a question's tokens to signed bytes can move a similarity."""
    return float(np.sqrt(DIMENSION)) * float(np.abs(tokens).max(initial=0)) / 254 + 1e-5


@pytest.mark.parametrize("text", QUESTIONS)
@pytest.mark.parametrize("ids", [IDS, IDS[::-1], ("kit-1", "guia-0", "kit-1"), ("mudo-0",), ()])
def test_a_comparison_is_that_of_plain_signs(
    engine: Engine, ids: tuple[str, ...], text: str
) -> None:
    tokens = query(text)
    near = engine.compare(ids, tokens)
    every = [plain_similarities(id_, tokens) for id_ in ids]
    maxima = [one.max(axis=0) if len(one) else np.full(len(tokens), -1.0) for one in every]
    assert near.maxima.shape == (len(ids), len(tokens))
    if not len(tokens):
        return  # nothing to compare with: there need be no stretches either
    owners, stretches = [], []
    for owner, one in enumerate(every):
        for first in range(0, len(one), 8):
            owners.append(owner)
            stretches.append(one[first : first + 8].max(axis=0))
    assert near.owner.tolist() == owners
    assert near.stretches.shape == (len(owners), len(tokens))
    near_enough = rounding(tokens)
    assert np.allclose(near.maxima, np.reshape(maxima, near.maxima.shape), atol=near_enough)
    expected_stretches = np.reshape(stretches, near.stretches.shape)
    assert np.allclose(near.stretches, expected_stretches, atol=near_enough)


def test_an_unknown_passage_cannot_be_compared(engine: Engine) -> None:
    with pytest.raises(KeyError):
        engine.compare(["guia-0", "ninguno"], query("plan"))


# Loading


def test_passages_are_loaded_in_the_order_given_without_unknown_ones(engine: Engine) -> None:
    ids = ["programa-3", "ninguno", "edicion-0", "guia-4", "mudo-0", "guia-4"]
    loaded = engine.load(ids)
    assert [one.passage for one in loaded] == [PASSAGES[id_] for id_ in ids if id_ in PASSAGES]
    assert engine.load([]) == engine.load(["ninguno"]) == ()


def test_a_loaded_passage_has_its_pages_and_goals(engine: Engine) -> None:
    for one in engine.load(IDS):
        pages = {page.number: page for page in BY_ID[one.passage.document_id].pages}
        assert one.pages == tuple(pages[extent.page] for extent in one.passage.extents)
        assert one.tags == TAGS[one.passage.id]
    (over,) = engine.load([made.OVER_TWO_PAGES])
    assert [page.number for page in over.pages] == [1, 2]


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_loaded_passage_is_compared_token_by_token(engine: Engine, text: str) -> None:
    tokens = query(text)
    for one in engine.load(IDS[::-1], tokens):
        plain = plain_similarities(one.passage.id, tokens)
        assert one.similarities.shape == plain.shape
        assert np.allclose(one.similarities, plain, atol=rounding(tokens))


def test_without_tokens_nothing_is_compared(engine: Engine) -> None:
    for one in engine.load(IDS):
        assert one.similarities.shape == (len(TOKENS[one.passage.id].bits), 0)


def test_kept_tokens_say_where_they_and_their_words_stand(engine: Engine) -> None:
    for one in engine.load(IDS):
        starts = TOKENS[one.passage.id].starts.tolist()
        assert one.starts.tolist() == starts
        assert one.words.shape == (len(starts), 2)
        spans = [found.span() for found in re.finditer(r"[^\W_]+", one.passage.text)]
        for start, word in zip(starts, one.words.tolist(), strict=True):
            around = [span for span in spans if span[0] <= start < span[1]]
            assert tuple(word) == (around[0] if start >= 0 else (-1, -1))


def _read(text: str) -> tuple[Token, ...]:
    """The words of a text, and what runs of them say as well."""
    tokens = analyse(text)
    return (*tokens, *readings(tokens, text))


def check_analysis(engine: Engine, document: Document, passage: Passage) -> None:
    """What is stored of a passage is what `search.text` says of it."""
    (loaded,) = engine.load([passage.id])
    stored, text = loaded.analysis, passage.text
    above = " ".join(filter(None, (heading_of(document, passage), document.symbol)))
    words = _read(text)
    assert stored.heading == tuple(token.stem for token in _read(above))
    assert stored.stems == tuple(token.stem for token in words)
    assert stored.plain == len(analyse(text))
    assert stored.places.tolist() == [[token.start, token.end] for token in words]
    assert stored.informative.tolist() == [token.informative for token in words]
    addresses = [found.span() for found in re.finditer(r"https?://\S+", text)]
    inside = [any(a <= token.start < b for a, b in addresses) for token in words]
    assert stored.addressed.tolist() == inside
    if passage.kind in (BlockKind.AGENDA_ITEM, BlockKind.TABLE_ROW):
        bounds = [found.span() for found in re.finditer(r"[^\n]+", text)]
    else:
        bounds = sentences(text)
    assert stored.sentences.tolist() == [list(bound) for bound in bounds]
    assert stored.signs.tolist() == [signs_of(text, *bound) for bound in bounds]
    arrays = (stored.places, stored.sentences)
    assert [array.shape[1:] for array in arrays] == [(2,), (2,)]


def test_the_analysis_of_a_passage_is_stored_with_it(engine: Engine) -> None:
    for id_ in IDS:
        check_analysis(engine, document_of(id_), PASSAGES[id_])


FRAGMENTS = [
    "La Sra. Ana Alberti, Directora, habló a las 10:30.",
    "segunda sesión",
    "tema IV",
    "el 1 de noviembre de 2024",
    "2024-11-01",
    "https://ejemplo.org/plan_2030?a=1.",
    "red@ejemplo.org",
    "A/RES/60/34",
    "+52 (55) 3198.8965",
    "ODS16 y meta 16.6",
    "EE. UU. es uno. Otro",
    "agua limpia, salud pública, escuela rural, transporte",
    "\n",
    "\r\n",
    "\u2028",
    " | ",
    "«cita»",
    "ñandú İß",
]
TEXTS = st.lists(
    st.sampled_from(FRAGMENTS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    min_size=1,
    max_size=6,
).map(" ".join)
KINDS = st.sampled_from([BlockKind.PARAGRAPH, BlockKind.TABLE_ROW, BlockKind.AGENDA_ITEM])


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS, KINDS), min_size=8, max_size=16))
def test_the_analysis_of_any_text_is_stored_with_it(
    doors: Doors, written: list[tuple[str, str, BlockKind]]
) -> None:
    document = make_document("d", "Guía", symbol="A/80/62")
    plain = entry_of(document, [[text for text, _, _ in written]], EMBEDDER)
    passages = tuple(
        replace(passage, section=(section,), kind=kind)
        for passage, (_, section, kind) in zip(plain.passages, written, strict=True)
    )
    with TemporaryDirectory() as folder:
        with closing(doors.writer(Path(folder), MODEL, create=True)) as writer:
            writer.put(replace(plain, passages=passages), "x")
            writer.publish()
        with closing(doors.engine(Path(folder))) as engine:
            for passage in passages:
                check_analysis(engine, document, passage)


# Documents

PARTS = {
    DocumentPart.PAGES: {"pages"},
    DocumentPart.PASSAGES: {"passages"},
    DocumentPart.DETAILS: {"details"},
    DocumentPart.AGENDA: {"agenda", "names", "numbered"},
}


@pytest.mark.parametrize("part", PARTS)
def test_only_the_parts_asked_for_are_read(engine: Engine, part: DocumentPart) -> None:
    (read,) = engine.read_documents(["programa"], frozenset({part})).values()
    (whole,) = engine.read_documents(["programa"], frozenset(DocumentPart)).values()
    nothing = DocumentContent(BY_ID["programa"].document)
    for name in ("pages", "passages", "details", "agenda", "names", "numbered"):
        source = whole if name in PARTS[part] else nothing
        assert getattr(read, name) == getattr(source, name)
    assert all(getattr(whole, name) for name in set().union(*PARTS.values()))


def test_documents_are_read_whole_and_unknown_ones_left_out(engine: Engine) -> None:
    ids = [*BY_ID, "ninguno"]
    read = engine.read_documents(ids, frozenset(DocumentPart) - {DocumentPart.AGENDA})
    assert set(read) == set(BY_ID)
    for id_, entry in BY_ID.items():
        assert read[id_] == DocumentContent(
            entry.document, entry.pages, entry.passages, entry.details
        )
    bare = engine.read_documents(["guia"])["guia"]
    assert bare == DocumentContent(BY_ID["guia"].document)
    assert bare.details == NOTHING_KNOWN
    assert engine.read_documents([]) == engine.read_documents(["ninguno"]) == {}


def stems(*texts: str) -> frozenset[str]:
    return frozenset(token.stem for text in texts for token in analyse(text))


def test_a_timetable_has_the_words_of_its_lines(engine: Engine) -> None:
    asked = frozenset({DocumentPart.AGENDA})
    lines = engine.read_documents(["programa"], asked)["programa"].agenda
    assert [line.item for line in lines if line.timed] == list(made.AGENDA)
    first = lines[0]
    document = made.PROGRAMME
    assert first == AgendaLine(
        item=made.AGENDA[0],
        timed=True,
        section=("Programa",),  # its day is none of its sections
        text=tuple(token.stem for token in analyse(PASSAGES["programa-0"].text)),
        title=stems("Sesión 1: Apertura"),
        own=stems("Sesión 1: Apertura Sra. Ana Alberti"),
        singulars=frozenset(
            singular(token.surface) for token in analyse("Sesión 1: Apertura Sra. Ana Alberti")
        ),
        day=stems(made.DAY),
        around=stems(
            "Programa", made.DAY, document.title, str(document.event), str(document.place)
        ),
        headed=stems("Programa", made.DAY),
    )


def test_a_part_that_only_has_a_length_stands_behind_the_timetable(engine: Engine) -> None:
    asked = frozenset({DocumentPart.AGENDA})
    lines = engine.read_documents(["programa"], asked)["programa"].agenda
    assert [line.timed for line in lines] == [True, True, False]
    part = lines[-1]
    assert (part.item.passage_id, part.item.title) == ("programa-2", "Dinámica en grupos")
    assert (part.item.start, part.item.end, part.item.stated_minutes) == (None, None, 40)
    assert part.section == ("Actividades",)
    # The sections of the passages just above it are among its headings.
    assert part.headed == stems("Actividades", "Programa", made.DAY)


def test_the_names_and_numbered_things_of_a_document_are_told(engine: Engine) -> None:
    asked = frozenset({DocumentPart.AGENDA})
    read = engine.read_documents(list(BY_ID), asked)
    programme = read["programa"]
    assert programme.names == stems(
        "Programa del taller", "Cumbre de Quito", "Casa de la Cultura", "Red Andina"
    )
    assert programme.numbered == (("sesion", 1, "programa-0"), ("sesion", 2, "programa-1"))
    assert read["guia"].numbered == ()


# Finding a text


def matches(text: str, limit: int = 100) -> list[Match]:
    """Where words stand, white space folded and nothing else."""
    words = r"\s+".join(map(re.escape, text.split()))
    pattern = re.compile(f"(?=({words}))")  # places that overlap too
    found = []
    for entry in BY_ID.values():
        document = entry.document
        for page in entry.pages:
            number = page.number if document.paged else None
            for match in pattern.finditer(page.text):
                start, end = match.span(1)
                found.append(Match(document.id, document.file, document.title, number, start, end))
    return found[:limit]


@pytest.mark.parametrize(
    "text",
    [
        "presupuesto",
        "e",
        "decisiones a",
        "ss",
        "16.6",
        "(",
        "a\n\tlas  personas",
        "zzz",
        "| Sesión",
    ],
)
def test_a_text_is_found_by_document_page_and_place(engine: Engine, text: str) -> None:
    assert list(engine.find_text(text.split(), 1000)) == matches(text, 1000)
    assert list(engine.find_text(text.split(), 2)) == matches(text, 2)


def test_places_that_overlap_are_all_found_and_half_a_character_is_not(
    doors: Doors, tmp_path: Path
) -> None:
    with closing(doors.writer(tmp_path, MODEL, create=True)) as writer:
        writer.put(entry_of(make_document("d", "D"), [["1 1\n1 a.a"]], EMBEDDER), "x")
        writer.publish()
    with closing(doors.engine(tmp_path)) as engine:
        assert [m.start for m in engine.find_text(["1", "1"], 9)] == [0, 2]
        assert [m.start for m in engine.find_text(["a.a"], 9)] == [6]
        assert engine.find_text(["\udcc3"], 9) == engine.find_text(["aXa"], 9) == ()
        assert len(engine.find_text(["1"], 2)) == 2


# Suggestions


def test_titles_headings_and_frequent_phrases_are_suggested(doors: Doors, tmp_path: Path) -> None:
    lines = [[f"Sobre rendición de cuentas, parte {n}." for n in range(4)]]
    whole = entry_of(make_document("guia", "Guía"), lines, EMBEDDER)
    passages = tuple(
        replace(one, section=(("Uno",), ("Dos",))[n > 1]) for n, one in enumerate(whole.passages)
    )
    other = entry_of(make_document("nota", "Nota", paged=False), [["Otra cosa."]], EMBEDDER)
    noted = tuple(replace(one, section=("Tres",)) for one in other.passages)
    with closing(doors.writer(tmp_path, MODEL, create=True)) as writer:
        writer.put(replace(whole, passages=passages), "x")
        writer.put(replace(other, passages=noted), "x")
        writer.publish()
    titles = [(Suggestion("Guía", "title", "guia"), 1), (Suggestion("Nota", "title", "nota"), 1)]
    headings = [
        (Suggestion("Uno", "heading", "guia", 1), 1),
        (Suggestion("Dos", "heading", "guia", 1), 1),
        (Suggestion("Tres", "heading", "nota", None), 1),
    ]
    phrase = Suggestion("rendición de cuentas", "phrase")

    def suggested(*documents: str, passages: tuple[str, ...] = ()) -> dict[Suggestion, int]:
        return dict(opened.suggestions(Hidden(frozenset(documents), frozenset(passages))))

    with closing(doors.engine(tmp_path)) as opened:
        everything = {**dict(titles), **dict(headings), phrase: 4}
        assert suggested() == dict(opened.suggestions()) == everything
        one = suggested(passages=("guia-0",))
        assert (one[phrase], headings[0][0] in one) == (3, True)
        two = suggested(passages=("guia-0", "guia-1"))
        assert (phrase in two, headings[0][0] in two, headings[1][0] in two) == (False, False, True)
        assert set(suggested("guia")) == {titles[1][0], headings[2][0]}
        assert suggested("guia", "nota") == {}
        assert suggested("ninguno", passages=("ninguno",)) == everything


# The collection


def test_a_collection_is_told_as_a_whole(engine: Engine, place: Path) -> None:
    held = engine.collection()
    assert held.documents == DOCUMENTS
    assert held.versions == NOTES.versions
    assert held.refused == made.REFUSED
    number = latest_generation(place)
    assert held.info == IndexInfo(number, len(DOCUMENTS), len(IDS), MODEL)
    forms = {group.forms for table in held.synonyms for group in load(table)}
    assert ("PP", "presupuesto participativo") in forms
    for table in held.synonyms:
        json.loads(table)


def test_a_collection_counts_its_words_and_pieces(engine: Engine) -> None:
    statistics = engine.collection().statistics
    assert statistics.languages == LANGUAGES
    assert statistics.means.shape == (len(LANGUAGES), DIMENSION)
    assert statistics.passages == len(IDS)
    held = [{t.surface for text in texts_of(id_) for t in _read(text)} for id_ in IDS]
    for word in ("presupuesto", "guia", "sesion", "2", "habit"):
        assert statistics.words[word] == sum(word in one for one in held)
    assert "zzz" not in statistics.words
    assert statistics.written["sesion"] == "sesión"
    assert "presupuesto" not in statistics.written
    assert all(first < second for first, second in pairwise(statistics.piece_ids.tolist()))
    counts = {
        piece: sum(piece in tokens.pieces for tokens in TOKENS.values())
        for piece in {int(piece) for tokens in TOKENS.values() for piece in tokens.pieces}
    }
    assert (
        dict(zip(statistics.piece_ids.tolist(), statistics.piece_counts.tolist(), strict=True))
        == counts
    )


def test_the_mean_of_a_language_is_drawn_to_that_of_all(engine: Engine) -> None:
    """A passage alone in its language would otherwise be its own mean and near to nothing."""
    statistics = engine.collection().statistics
    every = np.array(list(VECTORS.values()))
    for language, mean in zip(LANGUAGES, statistics.means, strict=True):
        own = np.array([VECTORS[i] for i in IDS if PASSAGES[i].language == language])
        plain = (own.sum(axis=0) + 3 * every.mean(axis=0)) / (len(own) + 3)
        assert np.allclose(mean, plain, atol=1e-5)


# Writing


def small(id_: str, *lines: str, **fields: object) -> Entry:
    return entry_of(make_document(id_, f"Guía {id_}", **fields), [lines], EMBEDDER)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "indice"


def open_new(doors: Doors, folder: Path) -> Writer:
    return doors.writer(folder, MODEL, create=True)


def found_in(doors: Doors, folder: Path) -> dict[str, list[str]]:
    """The texts of the newest generation by document."""
    with closing(doors.engine(folder)) as engine:
        ids = [document.id for document in engine.collection().documents]
        read = engine.read_documents(ids, frozenset({DocumentPart.PASSAGES}))
        every = {passage.id for content in read.values() for passage in content.passages}
        assert set(everything(engine).passages.ids) == every
    return {id_: [passage.text for passage in read[id_].passages] for id_ in ids}


def test_an_empty_collection_answers_with_nothing(doors: Doors, folder: Path) -> None:
    with closing(open_new(doors, folder)) as writer:
        assert writer.inventory().documents == {}
        writer.publish()
    with closing(doors.engine(folder)) as engine:
        assert engine.collection().documents == ()
        request = CandidateRequest(
            Scope(phrases=(("uno",),)), terms("taller"), vector("taller"), pins=(Selection("a"),)
        )
        found = engine.candidates(replace(request, probes=(("uno",),)))
        assert (found.passages.ids, found.phrases_dropped, found.probed) == ((), True, (False,))
        assert engine.compare([], query("taller")).maxima.shape == (0, 1)
        assert engine.load(["a"]) == engine.find_text(["a"], 9) == engine.suggestions() == ()


def test_the_inventory_has_what_is_written_before_it_is_published(
    doors: Doors, folder: Path
) -> None:
    entry = replace(small("a", "Uno."), sketch=b"\x01\x02")
    with closing(open_new(doors, folder)) as writer:
        writer.put(entry, "huella")
        stored = writer.inventory().documents["/fuentes", "a.pdf"]
        assert (stored.document, stored.fingerprint) == (entry.document, "huella")
        assert stored.sketch == b"\x01\x02"
        assert writer.inventory().refused == ()
    with closing(doors.writer(folder, MODEL)) as writer:
        assert list(writer.inventory().documents) == [("/fuentes", "a.pdf")]


def test_a_document_replaces_the_one_with_its_id(doors: Doors, folder: Path) -> None:
    old, new = small("a", "Uno.", "Dos."), small("a", "Tres.")
    with closing(open_new(doors, folder)) as writer:
        assert writer.put(old, "una") == ()
        assert writer.put(small("b", "Sigue."), "una") == ()
        assert writer.put(new, "dos") == old.pages
        assert writer.put(new, "dos") == new.pages == (Page(1, "Tres.", "1", 595.0, 842.0),)
        assert writer.inventory().documents["/fuentes", "a.pdf"].fingerprint == "dos"
        writer.publish()
    assert found_in(doors, folder) == {"a": ["Tres."], "b": ["Sigue."]}


def test_a_document_replaces_the_one_at_its_place(doors: Doors, folder: Path) -> None:
    moved = small("clave", "Nuevo.")
    moved = replace(moved, document=replace(moved.document, path="a.pdf"))
    with closing(open_new(doors, folder)) as writer:
        writer.put(small("a", "Viejo."), "una")
        assert writer.put(moved, "dos") == ()
        assert list(writer.inventory().documents) == [("/fuentes", "a.pdf")]
        writer.publish()
    assert found_in(doors, folder) == {"clave": ["Nuevo."]}


def test_what_is_deleted_is_counted_and_gone(doors: Doors, folder: Path) -> None:
    with closing(open_new(doors, folder)) as writer:
        for id_ in "abc":
            writer.put(small(id_, id_), id_)
        assert writer.delete(["a", "ninguno", "c", "a"]) == 2
        assert writer.delete(["a"]) == writer.delete([]) == 0
        writer.publish()
    assert found_in(doors, folder) == {"b": ["b"]}


def test_a_deleted_document_is_nobodys_version(doors: Doors, folder: Path) -> None:
    with closing(open_new(doors, folder)) as writer:
        for id_ in "ab":
            writer.put(small(id_, "El mismo texto."), id_)
        writer.publish(replace(NOTES, versions={"a": "b"}))
        writer.delete(["b"])
        writer.publish()
    with closing(doors.engine(folder)) as engine:
        assert engine.collection().versions == {}
        assert everything(engine).speaks.tolist() == [True]


def test_notes_are_published_and_kept_until_others_replace_them(doors: Doors, folder: Path) -> None:
    def told() -> tuple[dict[str, str], list[str], list[str]]:
        with closing(doors.engine(folder)) as engine:
            held = engine.collection()
        groups = [group.forms[0] for table in held.synonyms for group in load(table)]
        return dict(held.versions), groups, [one.path for one in held.refused]

    with closing(open_new(doors, folder)) as writer:
        for id_ in "ab":
            writer.put(small(id_, "Texto."), id_)
        numbers = [writer.publish(replace(NOTES, versions={"a": "b"}))]
        assert writer.inventory().refused == made.REFUSED
        assert told() == ({"a": "b"}, ["PP"], ["roto.pdf"])
        numbers.append(writer.publish())
        assert told() == ({"a": "b"}, ["PP"], ["roto.pdf"])
        table = '[{"forms": ["M", "x y"], "approximate": true}]'
        broken = replace(made.REFUSED[0], root="/otra", path="a.doc")
        other = CollectionNotes({}, {"/otra": table}, {"/otra": (broken,)})
        numbers.append(writer.publish(other))
        assert told() == ({}, ["PP", "M"], ["roto.pdf", "a.doc"])
        none = CollectionNotes({}, {"/fuentes": None}, {"/fuentes": ()})
        numbers.append(writer.publish(none))
        assert told() == ({}, ["M"], ["a.doc"])
    assert numbers[0] == numbers[1] < numbers[2] < numbers[3]


def test_publishing_nothing_new_keeps_the_generation(doors: Doors, folder: Path) -> None:
    with closing(open_new(doors, folder)) as writer:
        writer.put(small("a", "Uno."), "x")
        first = writer.publish(NOTES)
        assert writer.publish(NOTES) == writer.publish() == first == latest_generation(folder)
        writer.put(small("b", "Dos."), "x")
        assert writer.publish(NOTES) > first


def test_a_publication_that_fails_leaves_the_generation_before(
    doors: Doors, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_new(doors, folder)) as writer:
        writer.put(small("a", "Uno."), "x")
        number = writer.publish()
        writer.put(small("b", "Dos."), "x")
        with monkeypatch.context() as patch:
            doors.fail_to_publish(patch)
            with pytest.raises(OSError, match="No space left"):
                writer.publish(NOTES)
            assert latest_generation(folder) == number
            assert found_in(doors, folder) == {"a": ["Uno."]}
        assert writer.publish(NOTES) > number
    assert found_in(doors, folder) == {"a": ["Uno."], "b": ["Dos."]}


def test_one_writes_at_a_time_and_an_index_is_not_made_by_chance(
    doors: Doors, folder: Path
) -> None:
    with pytest.raises(IndexMissing):
        doors.writer(folder, MODEL)
    with pytest.raises(IndexMissing):
        doors.engine(folder)
    assert latest_generation(folder) == 0
    with closing(open_new(doors, folder)), pytest.raises(IndexUnusable):
        doors.writer(folder, MODEL)
    doors.writer(folder, MODEL).close()


def test_an_index_belongs_to_a_model_once_it_holds_documents(doors: Doors, folder: Path) -> None:
    open_new(doors, folder).close()
    with closing(doors.writer(folder, "otro/32")) as writer:
        writer.put(small("a", "Uno."), "x")
    with pytest.raises(ModelMismatch):
        doors.writer(folder, MODEL)
    with closing(doors.writer(folder)) as writer:
        assert writer.delete(["a"]) == 1
    with closing(doors.writer(folder, MODEL)) as writer:
        writer.put(small("a", "Uno."), "x")
        writer.publish()
    with closing(doors.engine(folder)) as engine:
        assert engine.collection().info.model == MODEL


# Readers


def answers(engine: Engine) -> list[object]:
    """A little of everything that an engine tells."""
    request = CandidateRequest(Scope(), terms("guía presupuesto"), vector("plan"))
    found = engine.candidates(request)
    loaded = engine.load(found.passages.ids, query("presupuesto"))
    near = engine.compare(found.passages.ids, query("presupuesto plan"))
    return [
        [document.id for document in engine.collection().documents],
        found.passages.ids,
        found.cosine.tolist(),
        found.words.position.tolist(),
        [(one.passage, one.pages, one.analysis.stems, one.similarities.tolist()) for one in loaded],
        near.maxima.tolist(),
        engine.read_documents(["a", "b"], frozenset(DocumentPart)),
        engine.find_text(["presupuesto"], 9),
        engine.suggestions(Hidden(frozenset({"b"}))),
    ]


def test_a_reader_outlives_what_is_published_after_it(doors: Doors, folder: Path) -> None:
    with closing(open_new(doors, folder)) as writer:
        writer.put(small("a", "El presupuesto se vota.", "Un plan."), "x")
        writer.put(small("b", "Otro presupuesto."), "x")
        writer.publish()
        engine = doors.engine(folder)
        before = answers(engine)
        for number in range(3):
            writer.delete(["a"])
            writer.put(small("b", f"Nada {number}."), "x")
            writer.publish()
            assert answers(engine) == before
        assert found_in(doors, folder) == {"b": ["Nada 2."]}
    engine.close()


def test_threads_share_an_engine(doors: Doors, place: Path) -> None:
    with closing(doors.engine(place)) as engine:
        alone = answers(engine)
        seen: list[object] = []
        start = threading.Barrier(6)

        def ask() -> None:
            start.wait()
            seen.extend(answers(engine) for _ in range(4))

        threads = [threading.Thread(target=ask) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert seen == [alone] * 24
