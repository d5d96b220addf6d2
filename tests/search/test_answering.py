"""The parts that answers are made of: numbers, timetable lines, announced lists and confidence."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hash_embedder import HashEmbedder
from own_texts import entry_of, make_document, publish

from search.answers.agenda import describe_times as told
from search.answers.agenda import notices
from search.answers.answer import Features, confidence, features
from search.answers.spans import AnswerContext, OpenedPassage, Span, with_list
from search.documents import AgendaItem
from search.embedding.late_interaction import query_tokens
from search.engine import CandidateRequest, Scope
from search.index import open_engine
from search.query import analyse_query, rarity
from search.ranking import rank
from search.results import Query
from search.synonyms import Synonyms
from search.text.analysis import analyse, stem
from search.text.numbered import holds_numbers, numbered_nouns

EMBEDDER = HashEmbedder()


def holds(question: str, text: str) -> bool:
    asked = [token for token in analyse(question) if token.informative]
    return holds_numbers(asked, [token.stem for token in analyse(text)])


@pytest.mark.parametrize(
    ("question", "text", "held"),
    [
        ("tema 4", "Tema 4: mentalidades", True),
        ("tema 4", "Tema 1: cuatro grupos", False),
        ("tema 4", "Tema 1, con 4 grupos", False),
        ("tema 4", "el tema cuatro", True),
        ("temas 4", "Tema 4", True),
        ("theme 2", "Tema 2: por qué", True),
        ("SDG 16", "el ODS 16", True),
        ("meta 16.6", "la meta 16.6 pide instituciones", True),
        ("meta 16.6", "la meta 16.7 pide decisiones", False),
        ("resolución 60/34", "en la resolución 60/34", True),
        ("resolución 60/34", "en la resolución 66/288", False),
        ("once principios", "los principios", True),
        ("11 principios", "adoptó once principios", True),
        ("gobernanza", "sin número alguno", True),
    ],
)
def test_a_text_holds_the_numbers_of_a_question(question: str, text: str, held: bool) -> None:
    assert holds(question, text) == held


def test_the_nouns_of_numbers_are_those_whose_number_is_part_of_their_name() -> None:
    assert numbered_nouns(analyse("tema 2 y sesión 3 con 24 personas 7")) == {
        stem("tema"),
        stem("sesion"),
    }
    assert numbered_nouns(analyse("tema dos")) == set()


ITEM = AgendaItem("p", "Tema 2", None, "10:40", "11:00", 20, 20)


@pytest.mark.parametrize(
    ("item", "said", "noticed"),
    [
        (ITEM, "10:40–11:00 (20 minutos)", ()),
        (replace(ITEM, end=None, computed_minutes=None), "10:40 (20 minutos)", ()),
        (replace(ITEM, stated_minutes=None), "10:40–11:00 (20 minutos)", ()),
        (replace(ITEM, stated_minutes=None, computed_minutes=None, end=None), "10:40", ()),
        (replace(ITEM, start=None, end=None, computed_minutes=None), "20 minutos", ()),
        (
            replace(ITEM, stated_minutes=45),
            "10:40–11:00 (45 minutos)",
            ("El documento indica 45 minutos; por el horario son 20.",),
        ),
    ],
)
def test_a_line_is_told_by_its_clock_and_by_what_the_document_states(
    item: AgendaItem, said: str, noticed: tuple[str, ...]
) -> None:
    assert (told(item), notices(item)) == (said, noticed)


LIST = "Hay dos guías:\nCambio de mentalidad.\nGobierno digital."


def quote_end(folder: Path, text: str, start: int, end: int) -> int:
    """Where the quote ends that begins with this stretch of a passage."""
    document = make_document("nota")
    publish(folder, EMBEDDER, [entry_of(document, [[text]], EMBEDDER)])
    with closing(open_engine(folder)) as engine:
        (loaded,) = engine.load(["nota-0"])
    return with_list(Span(OpenedPassage(0, loaded, document), start, end, 0.0, shown=False))


def test_only_a_sentence_that_ends_with_a_colon_takes_what_follows_along(tmp_path: Path) -> None:
    announced = LIST.index("\n")
    assert quote_end(tmp_path, LIST, 0, announced) == len(LIST)
    start = announced + 1
    end = LIST.index("\n", start)
    assert quote_end(tmp_path, LIST, start, end) == end


def test_a_list_is_taken_along_no_further_than_can_be_quoted(tmp_path: Path) -> None:
    """It ends with the last whole item within the length, and never before the sentence itself."""
    items = "\n".join(
        f"Elemento número {number} de la lista, bastante largo." for number in range(30)
    )
    text = f"Los elementos son:\n{items}"
    end = quote_end(tmp_path, text, 0, text.index("\n"))
    assert 600 < end <= 700
    assert text[:end].endswith("largo.")


def seen(folder: Path, question: str) -> tuple[Features, dict[str, float]]:
    """What confidence sees of a question and one passage, and how rare each word asked for is."""
    documents = [make_document("nota"), make_document("otra")]
    texts = ["Los ODS y otra cosa.", "La ONU."]
    entries = [entry_of(d, [[t]], EMBEDDER) for d, t in zip(documents, texts, strict=True)]
    publish(folder, EMBEDDER, entries)
    with closing(open_engine(folder)) as engine:
        statistics = engine.collection().statistics
        asked = analyse_query(Query(question), Synonyms(()), statistics, {})
        embedding = EMBEDDER.embed_query(asked.sentence)
        tokens = query_tokens(embedding, EMBEDDER.token_mean, asked.sentence, statistics)
        scope = Scope({"document": ("nota",)})
        candidates = engine.candidates(CandidateRequest(scope, asked.terms, embedding.vector))
        ranked = rank(engine, candidates, asked.terms, embedding.vector, tokens, statistics.means)
        (loaded,) = engine.load(ranked.passages.ids, tokens.vectors)
    opened = OpenedPassage(0, loaded, documents[0])
    context = AnswerContext(asked, tokens, ranked, (opened,), statistics)
    weights = {token.surface: rarity(token, statistics) for token in asked.tokens}
    return features(context, Span(opened, 0, len(texts[0]), 0.0, shown=False)), weights


def test_the_share_of_weighed_words_that_are_held(tmp_path: Path) -> None:
    found, weights = seen(tmp_path, "acuerdo entre la UE y los ODS")
    names = weights["ods"] / (weights["ue"] + weights["ods"])
    assert found.names == pytest.approx(names)
    assert 0 < found.names < 0.5
    found, _ = seen(tmp_path, "cosa de los ODS")
    assert (found.names, found.covered) == (1.0, 1.0)
    found, weights = seen(tmp_path, "cosa acuerdo")
    assert found.names == 1.0
    assert 0 < found.covered < 1


LOW = Features(span=0.8, late=0.4, covered=0.5, names=0.0, numbers=0.0, foreign=0.0)


@pytest.mark.parametrize("name", ["span", "late", "covered", "names", "numbers"])
def test_whatever_speaks_for_an_answer_makes_it_more_likely(name: str) -> None:
    more = replace(LOW, **{name: getattr(LOW, name) + 0.5})
    assert 0 < confidence(LOW) < confidence(more) < 1
