"""Names of the toolkits of the Curriculum on Governance for the SDGs, in English and Spanish."""

import re
from collections.abc import Iterable

from ingest.plain import plain

TOOLKITS = {
    "Cambio de mentalidad": r"changing mindsets|cambi(?:o de|ar (?:la|las)) mentalidad(?:es)?"
    r"|mudanca de mentalidade",
    "Innovación y gobierno digital": r"innovation and digital government"
    r"|innovacion y (?:el )?gobierno digital",
    "Transparencia, rendición de cuentas y ética": r"transparency, accountability,? and ethics"
    r"|transparencia, (?:la )?rendicion de cuentas y (?:la )?etica",
    "Gobernanza de lo nacional a lo local": r"effective national to local (?:public )?governance"
    r"|gobernanza (?:publica )?(?:efectiva |eficaz )?(?:de lo |del nivel |del )?nacional a lo local"
    r"|gobernanza (?:publica )?(?:efectiva |eficaz )?(?:del nivel "
    r"|del )?nacional al (?:nivel )?local",
    "DiGIT4SD": r"digit4sd|digital government implementation",
    "Capacidades para la transformación digital": r"capacities for digital government"
    r" transformation|capacidades para la transformacion (?:del gobierno )?digital",
    "Innovación para la inclusión social": r"government innovation for social inclusion"
    r"|innovacion (?:gubernamental |del gobierno |publica )?para la inclusion social",
    "Coherencia de las políticas": r"institutional arrangements and governance capacities"
    r"|(?:arreglos|disposiciones|mecanismos) institucionales y (?:las )?capacidades de gobernanza",
}
_PATTERNS = {name: re.compile(rf"\b(?:{pattern})\b") for name, pattern in TOOLKITS.items()}


def toolkit_in(texts: Iterable[str]) -> tuple[str, str] | None:
    """The one toolkit that the texts name, and the text that does; None for none or several."""
    found: dict[str, str] = {}
    for text in texts:
        said = plain(text)
        for name, pattern in _PATTERNS.items():
            if pattern.search(said):
                found.setdefault(name, text)
    return next(iter(found.items())) if len(found) == 1 else None
