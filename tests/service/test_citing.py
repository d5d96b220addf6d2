"""A citation is made by code, the same each time, and says only what is known."""

from dataclasses import replace

import pytest

from search.documents import Document, DocumentType
from service.publish.citations import (
    STYLES,
    Cited,
    apa,
    bibtex,
    bibtex_key,
    markdown,
    united_nations,
)

URL = "https://acervo.example.org/documentos/nota?pagina=3#p-1"
NOTE = Document(
    id="nota",
    title="Nota conceptual sobre gobernanza",
    document_type=DocumentType.CONCEPT_NOTE,
    language="es",
    file="nota.pdf",
    root="corpus",
    path="nota.pdf",
    sha256="0" * 64,
    media_type="application/pdf",
    pages=4,
    paged=True,
    date="2024-11-01",
    organisers="Naciones Unidas; Federación de Municipios",
    symbol="ST/ESA/2024/7",
)
BARE = replace(NOTE, date=None, organisers=None, symbol=None)
SLIDES = replace(
    BARE, id="láminas/datos", document_type=DocumentType.SLIDES, date="2024", title="Datos"
)
ODD = replace(
    BARE, title='El {50 %} de "R&D" & más: niñez_2 #1 ~ $3 \\ ^', date="2023-05", language="en"
)
QUOTE = "Los 11 principios\nguían la acción."


def test_the_united_nations_footnote() -> None:
    assert united_nations(Cited(NOTE, 3, QUOTE, URL)) == (
        "Naciones Unidas, Federación de Municipios, «Nota conceptual sobre gobernanza» "
        "(ST/ESA/2024/7, 1 de noviembre de 2024), pág. 3. «Los 11 principios guían la acción». "
        f"Disponible en {URL}."
    )
    assert united_nations(Cited(BARE)) == "«Nota conceptual sobre gobernanza»."
    assert united_nations(Cited(SLIDES, 3)) == "«Datos» (2024), diapositiva 3."
    assert united_nations(Cited(ODD, 1)) == (
        '«El {50 %} de "R&D" & más: niñez_2 #1 ~ $3 \\ ^» (mayo de 2023), pág. 1.'
    )


def test_apa_7_in_spanish() -> None:
    assert apa(Cited(NOTE, 3, QUOTE, URL)) == (
        "«Los 11 principios guían la acción» (Naciones Unidas y Federación de Municipios, 2024, "
        "p. 3).\n\n"
        "Naciones Unidas y Federación de Municipios. (2024, 1 de noviembre). "
        f"Nota conceptual sobre gobernanza (ST/ESA/2024/7). {URL}"
    )
    assert apa(Cited(BARE)) == (
        "(«Nota conceptual sobre gobernanza», s. f.)\n\nNota conceptual sobre gobernanza. (s. f.)."
    )
    assert apa(Cited(SLIDES, 3, url=URL)) == (
        f"(«Datos», 2024, diapositiva 3)\n\nDatos [Diapositivas]. (2024). {URL}"
    )
    assert apa(Cited(replace(NOTE, title="¿Qué es gobernar?", symbol=None))) == (
        "(Naciones Unidas y Federación de Municipios, 2024)\n\n"
        "Naciones Unidas y Federación de Municipios. (2024, 1 de noviembre). ¿Qué es gobernar?"
    )
    assert apa(Cited(ODD)).endswith("\\ ^. (2023, mayo).")


def test_apa_7_names_the_first_of_many_organisations_in_the_text() -> None:
    three = replace(BARE, organisers="Red de Puertos; Unión de Ríos; Instituto de Mareas")
    assert apa(Cited(three, 2)) == (
        "(Red de Puertos et al., s. f., p. 2)\n\n"
        "Red de Puertos, Unión de Ríos e Instituto de Mareas. (s. f.). "
        "Nota conceptual sobre gobernanza."
    )


def test_apa_7_sets_forty_words_as_a_block() -> None:
    short, block = " ".join(["palabra"] * 39) + ".", " ".join(["palabra"] * 40) + "."
    end = "(«Nota conceptual sobre gobernanza», s. f., p. 2)"
    assert apa(Cited(BARE, 2, short)).partition("\n")[0] == f"«{short[:-1]}» {end}."
    assert apa(Cited(BARE, 2, block)).partition("\n")[0] == f"{block} {end}"


def test_only_a_full_stop_moves_behind_the_quotation_mark() -> None:
    endings = ["fin.", "fin...", "fin…", "¿fin?"]
    written = [united_nations(Cited(BARE, quote=words)) for words in endings]
    assert [text.partition(". ")[2] for text in written] == [
        "«fin».", "«fin...».", "«fin…».", "«¿fin?».",
    ]  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_an_address_never_ends_its_link_or_its_field(style: str) -> None:
    odd = "https://example.org/a b{c}d>e?x=%7Bñ%7D#p-1"
    text = STYLES[style][1](Cited(BARE, url=odd))
    assert "https://example.org/a%20b%7Bc%7Dd%3Ee?x=%7B%C3%B1%7D#p-1" in text
    assert "{c}" not in text


def test_organisations_are_told_apart() -> None:
    both = replace(BARE, organisers="Federación de Ciudades y Puertos (FCP) y Unión de Ríos (UR)")
    assert "{{Federación de Ciudades y Puertos (FCP)} and {Unión de Ríos (UR)}}" in bibtex(
        Cited(both)
    )


def test_markdown() -> None:
    assert markdown(Cited(NOTE, 3, QUOTE, URL)) == (
        "> Los 11 principios\n> guían la acción.\n>\n"
        "> — Naciones Unidas, Federación de Municipios, "
        f"[Nota conceptual sobre gobernanza, pág. 3](<{URL}>), ST/ESA/2024/7, "
        "1 de noviembre de 2024"
    )
    assert markdown(Cited(BARE)) == "Nota conceptual sobre gobernanza"
    assert markdown(Cited(SLIDES, 3)) == "Datos, diapositiva 3, 2024"
    assert markdown(Cited(ODD)) == (
        'El \\{50 %\\} de "R&D" & más: niñez\\_2 #1 \\~ $3 \\\\ ^, mayo de 2023'
    )
    assert markdown(Cited(BARE, 1, "1. Uno\n- [dos]\n# &amp; *tres*\n\nfin")) == (
        "> 1\\. Uno\n> \\- \\[dos\\]\n> \\# \\&amp; \\*tres\\*\n>\n> fin\n>\n"
        "> — Nota conceptual sobre gobernanza, pág. 1"
    )


def test_bibtex() -> None:
    assert bibtex(Cited(NOTE, 3, QUOTE, URL)) == (
        "@misc{nota-2024,\n"
        "  author = {{Naciones Unidas} and {Federación de Municipios}},\n"
        "  title = {{Nota conceptual sobre gobernanza}},\n"
        "  year = {2024},\n"
        "  note = {ST/ESA/2024/7, pág. 3, «Los 11 principios guían la acción.»},\n"
        "  language = {spanish},\n"
        f"  url = {{{URL}}},\n"
        "  month = nov,\n"
        "}"
    )
    assert bibtex(Cited(BARE)) == (
        "@misc{nota,\n  title = {{Nota conceptual sobre gobernanza}},\n  language = {spanish},\n}"
    )
    assert bibtex(Cited(SLIDES, 3)) == (
        "@misc{laminas-datos-f369f1-2024,\n"
        "  title = {{Datos}},\n"
        "  year = {2024},\n"
        "  howpublished = {Diapositivas},\n"
        "  note = {diapositiva 3},\n"
        "  language = {spanish},\n"
        "}"
    )
    assert bibtex(Cited(ODD)) == (
        "@misc{nota-2023,\n"
        '  title = {{El \\textbraceleft{}50 \\%\\textbraceright{} de "R\\&D" \\& más: niñez\\_2 '
        "\\#1 \\textasciitilde{} \\$3 \\textbackslash{} \\textasciicircum{}}},\n"
        "  year = {2023},\n"
        "  language = {english},\n"
        "  month = may,\n"
        "}"
    )


def test_documents_whose_ids_look_alike_have_keys_of_their_own() -> None:
    ids = ["a/b", "a-b", "á/b", "A-b", "a b", "¿?"]
    assert len({bibtex_key(replace(NOTE, id=name)) for name in ids}) == len(ids)
    assert bibtex_key(replace(NOTE, id="a-b")) == "a-b-2024"


@pytest.mark.parametrize("style", STYLES)
def test_braces_of_a_bibtex_entry_are_even_and_no_style_invents_what_is_unknown(style: str) -> None:
    text = STYLES[style][1](Cited(replace(ODD, title="a}b{c} {"), 2, "uno } dos"))
    if style == "bibtex":
        assert text.count("{") == text.count("}")
    for invented in ("None", "()", "[]", ", ,", "  (", "Disponible en ."):
        assert invented not in text
