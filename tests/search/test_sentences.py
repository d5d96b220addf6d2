"""Sentence spans on the Spanish that official documents write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.text.sentences import sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \n ", []),
        ("Sin punto final", ["Sin punto final"]),
        ("Uno. Dos.", ["Uno.", "Dos."]),
        ("Habló la Sra. Pérez. Luego, D. Juan.", ["Habló la Sra. Pérez.", "Luego, D. Juan."]),
        (
            "Véase el art. 12 y el núm. 3. Rige ya.",
            ["Véase el art. 12 y el núm. 3.", "Rige ya."],
        ),
        ("Hay guías, p. ej. Innovación. Fin.", ["Hay guías, p. ej. Innovación.", "Fin."]),
        ("En EE. UU. Vive gente. Sí.", ["En EE. UU. Vive gente.", "Sí."]),
        ("Escribió J. L. Borges. Murió en 1986.", ["Escribió J. L. Borges.", "Murió en 1986."]),
        ("¿Qué es? Es esto. ¡Bien! Sigue.", ["¿Qué es?", "Es esto.", "¡Bien!", "Sigue."]),
        ("Dijo: «Vamos.» Y fue. (Así.) Fin.", ["Dijo: «Vamos.»", "Y fue.", "(Así.)", "Fin."]),
        ('"¿Por qué?", preguntó. Nada.', ['"¿Por qué?", preguntó.', "Nada."]),
        ("Son 16.000 municipios. Más de 1.5 %.", ["Son 16.000 municipios.", "Más de 1.5 %."]),
        ("ER. 2 sigue. Otra.", ["ER. 2 sigue.", "Otra."]),
        ("A las 10:00 hrs. Almuerzo.", ["A las 10:00 hrs.", "Almuerzo."]),
        ("A las 10.30 h. en la sala. Fin.", ["A las 10.30 h. en la sala.", "Fin."]),
        ("Vea www.un.org/es/a.html. Allí está.", ["Vea www.un.org/es/a.html.", "Allí está."]),
        ("Escriba a ana.b@flacma.lat. Gracias.", ["Escriba a ana.b@flacma.lat.", "Gracias."]),
        ("1. Título\n2. Otro. Más.", ["1. Título", "2. Otro.", "Más."]),
        ("a) Uno\n– Dos\n• Tres", ["a) Uno", "– Dos", "• Tres"]),
        ("servirles mejor.² Las herramientas.", ["servirles mejor.²", "Las herramientas."]),
        ("Sigue… y acaba. Ya... Otra.", ["Sigue… y acaba.", "Ya...", "Otra."]),
        ("Datos, mapas, etc. Los planes siguen.", ["Datos, mapas, etc.", "Los planes siguen."]),
        ("Datos, etc. y mapas.", ["Datos, etc. y mapas."]),
        ("Se firmó en 2018. 45 países asistieron.", ["Se firmó en 2018.", "45 países asistieron."]),
        ("La empresa Sol S.A. Firmó ayer.", ["La empresa Sol S.A. Firmó ayer."]),
    ],
)
def test_spanish_sentences(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


@given(st.text(alphabet="aA1 .?¿»)\n…Srd²", max_size=60))
def test_spans_keep_every_visible_character_in_order(text: str) -> None:
    spans = sentences(text)
    flat = [bound for span in spans for bound in span]
    assert flat == sorted(flat)
    kept = "".join(text[start:end] for start, end in spans)
    assert "".join(kept.split()) == "".join(text.split())
