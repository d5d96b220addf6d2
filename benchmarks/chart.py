"""Draw the scorecard and the risk–coverage curve of benchmarks/results/scorecard.json as SVG.

python -m benchmarks.chart     # writes docs/marcador.svg and docs/riesgo-cobertura.svg
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, TypeAlias

RESULTS = Path("benchmarks/results/scorecard.json")
SCORECARD = Path("docs/marcador.svg")
CURVE = Path("docs/riesgo-cobertura.svg")

Card: TypeAlias = Mapping[str, Any]
Point: TypeAlias = tuple[float, float]

WIDTH = 800
ROW = 22
KINDS = {
    "fact": "Dato",
    "concept": "Concepto",
    "definition": "Definición",
    "count": "Cantidad",
    "list": "Lista",
    "person": "Persona",
    "place": "Lugar",
    "contact": "Contacto",
    "agenda": "Agenda",
    "keyword": "Palabras clave",
    "acronym": "Sigla",
    "symbol": "Símbolo o número",
    "typo": "Con faltas de ortografía",
    "cross-lingual": "Respuesta en otra lengua",
    "foreign": "Pregunta en otra lengua",
    "answerable": "Todas las que tienen respuesta",
    "near-miss": "Casi del tema, no está",
    "off-topic": "Ajena al tema",
    "no-answer": "Sin respuesta",
}
PERTURBATIONS = {
    "accents": "Sin tildes",
    "typo": "Con una errata",
    "upper": "En mayúsculas",
    "marks": "Sin signos",
    "number": "Singular ↔ plural",
    "acronym": "Sigla ↔ desarrollo",
    "clitic": "Pronombre en otro sitio",
    "sms": "Como en el teléfono",
    "english": "En inglés",
}
MEASURES = (
    ("ndcg_at_10", "nDCG@10", "one"),
    ("success_at_3", "acierto@3", "two"),
    ("right_answers", "cita buena", "three"),
)
SILENT = {"near-miss", "off-topic", "no-answer", "unanswerable"}
STYLE = """
text{font:13px system-ui,sans-serif;fill:#1f2933}.small{font-size:12px;fill:#52606d}
.head{font-weight:600}.end{text-anchor:end}.middle{text-anchor:middle}
.paper{fill:#fff}.grid{stroke:#dde3e9;stroke-width:1}
.one{fill:#0b5cad}.two{fill:#b45309}.three{fill:#0b7a4b}
.line{fill:none;stroke-width:2.5}.line.one{stroke:#0b5cad}.line.two{stroke:#b45309;
stroke-dasharray:7 4}.line.three{stroke:#0b7a4b;stroke-dasharray:2 3}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#a9b6c3}.paper{fill:#10171f}
.grid{stroke:#2f3b47}.one{fill:#6cb6ff}.two{fill:#f0a44b}.three{fill:#56d39b}
.line{fill:none}.line.one{stroke:#6cb6ff}.line.two{stroke:#f0a44b}.line.three{stroke:#56d39b}}
"""


@dataclass(frozen=True)
class Row:
    """A line of the scorecard: label, number of questions, and the marks that are shown."""

    label: str
    queries: int
    marks: Mapping[str, float]


def text(x: float, y: float, content: str, style: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{style}">{escape(content)}</text>'


def rule(start: Point, end: Point) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line class="grid" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'


def shape(style: str, x: float, y: float) -> str:
    """A circle, a diamond or a square, so that colour is never all that tells them apart."""
    if style == "one":
        return f'<circle class="one" cx="{x:.1f}" cy="{y:g}" r="5"/>'
    side = 5.0 if style == "two" else 4.0
    turned = f' transform="rotate(45 {x:.1f} {y:g})"' if style == "two" else ""
    place = f'x="{x - side:.1f}" y="{y - side:g}" width="{2 * side:g}" height="{2 * side:g}"'
    return f'<rect class="{style}" {place}{turned}/>'


def picture(height: float, title: str, description: str, parts: Sequence[str]) -> str:
    """A whole file. `title` and `description` are what a screen reader says."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" '
            'role="img" aria-labelledby="title description">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="description">{escape(description)}</desc>',
            f"<style>{STYLE}</style>",
            f'<rect class="paper" width="{WIDTH}" height="{height:g}"/>',
            *parts,
            "</svg>\n",
        ]
    )


def rows_of(scores: Mapping[str, Card], labels: Mapping[str, str]) -> list[Row]:
    """In the order of the labels, kinds without one last; of what has no answer only silence."""
    places = list(labels)
    order = sorted(scores, key=lambda n: places.index(n) if n in places else len(places))
    return [
        Row(
            labels.get(name, name),
            scores[name]["queries"],
            {
                measure: scores[name][measure]
                for measure, _, _ in MEASURES
                if measure == "right_answers" or name not in SILENT
            },
        )
        for name in order
        if name != "unanswerable"
    ]


LEFT, RIGHT = 262.0, 530.0
COLUMNS = (616.0, 702.0, 788.0)


def drawn(row: Row, y: float) -> list[str]:
    parts = [
        rule((LEFT, y), (RIGHT, y)),
        text(12, y + 4, row.label),
        text(LEFT - 14, y + 4, str(row.queries), "small end"),
    ]
    for (measure, _, style), column in zip(MEASURES, COLUMNS, strict=True):
        if measure in row.marks:
            mark = row.marks[measure]
            parts.append(shape(style, LEFT + (RIGHT - LEFT) * mark, y))
            parts.append(text(column, y + 4, decimal(mark), "small end"))
    return parts


def decimal(number: float) -> str:
    """As written in Spanish: «0,93»."""
    return f"{number:.2f}".replace(".", ",")


def section(name: str, rows: Sequence[Row], top: float) -> tuple[list[str], float]:
    """A heading with its rows, and where the next thing starts."""
    parts = [text(12, top, name, "head")]
    for share in (0, 0.25, 0.5, 0.75, 1):
        x = LEFT + (RIGHT - LEFT) * share
        parts.append(rule((x, top + 8), (x, top + 14 + ROW * len(rows))))
        parts.append(text(x, top, decimal(share), "small middle"))
    for place, row in enumerate(rows):
        parts += drawn(row, top + 20 + ROW * place)
    return parts, top + 20 + ROW * len(rows) + 24


def scorecard(card: Card) -> str:
    """The picture of the marks by kind of question and by perturbation."""
    kinds = rows_of(card["kinds"], KINDS)
    altered = rows_of(card["perturbations"], PERTURBATIONS)
    parts = []
    for (_, name, style), column in zip(MEASURES, COLUMNS, strict=True):
        parts += [shape(style, column - 71, 20), text(column, 24, name, "small end")]
    first, top = section("Tipo de pregunta", kinds, 52)
    second, top = section("Las mismas, alteradas", altered, top) if altered else ([], top)
    note = "De lo que no tiene respuesta, «cita buena» es callar. En gris, cuántas preguntas."
    described = "; ".join(
        f"{row.label}, {row.queries} preguntas: "
        + ", ".join(f"{name} {decimal(row.marks[m])}" for m, name, _ in MEASURES if m in row.marks)
        for row in (*kinds, *altered)
    )
    parts += [*first, *second, text(12, top, note, "small")]
    return picture(top + 14, "Marcador de las preguntas juzgadas", described, parts)


BOX = (60.0, 30.0, 560.0, 330.0)
LOWEST = 0.5
"""Coverage where the curve begins: nobody would want to answer fewer than half."""


def placed(coverage: float, share: float) -> Point:
    left, top, right, bottom = BOX
    x = left + (right - left) * (coverage - LOWEST) / (1 - LOWEST)
    return x, bottom - (bottom - top) * share


def lines_of(card: Card) -> list[tuple[str, str, list[Point], Point]]:
    """Label, style, points, and what is shipped, of each line of the curve."""
    shipped, points = card["shipped"], [p for p in card["curve"] if p["coverage"] >= LOWEST]
    right = [(p["coverage"], p["right"]) for p in points]
    lines = [("cita buena", "three", right, (shipped["coverage"], shipped["right"]))]
    for kind, style in zip(shipped["false_answers"], ("two", "one", "one"), strict=False):
        shares = [(p["coverage"], p["false_answers"][kind]) for p in points]
        name = f"responde a: {KINDS.get(kind, kind).partition(',')[0].lower()}"
        lines.append((name, style, shares, (shipped["coverage"], shipped["false_answers"][kind])))
    return lines


def axes() -> list[str]:
    left, top, right, bottom = BOX
    parts = []
    for tenth in range(0, 11, 2):
        y = placed(1, tenth / 10)[1]
        parts += [
            rule((left, y), (right, y)),
            text(left - 8, y + 4, f"{tenth * 10} %", "small end"),
        ]
    for tenth in range(5, 11):
        x = placed(tenth / 10, 0)[0]
        parts += [rule((x, top), (x, bottom))]
        parts += [text(x, bottom + 18, f"{tenth * 10} %", "small middle")]
    note = "parte respondida de las preguntas que tienen respuesta"
    return [*parts, text((left + right) / 2, bottom + 38, note, "small middle")]


def curve(card: Card) -> str:
    """The picture of what each confidence threshold would do."""
    parts, described = axes(), []
    for place, (name, style, points, shipped) in enumerate(lines_of(card)):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (placed(*point) for point in points))
        parts.append(f'<polyline class="line {style}" points="{path}"/>')
        parts.append(shape(style, *placed(*shipped)))
        y = 60 + 26 * place
        parts += [shape(style, BOX[2] + 26, y - 4), text(BOX[2] + 38, y, name)]
        described.append(f"{name} {shipped[1]:.0%}")
    parts.append(text(BOX[2] + 20, 60 + 26 * len(described) + 8, "La marca: lo servido", "small"))
    summary = f"Se responde {card['shipped']['coverage']:.0%}; " + "; ".join(described)
    return picture(380, "Riesgo y cobertura según la confianza", summary, parts)


def main() -> None:
    card = json.loads(RESULTS.read_text(encoding="utf-8"))
    SCORECARD.write_text(scorecard(card), encoding="utf-8")
    CURVE.write_text(curve(card), encoding="utf-8")


if __name__ == "__main__":
    main()
