"""The questions that a concept note must answer, what must be said, and what must not."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Golden:
    """A question over the note; every one of `said` stands in the answer, its quotes or notices;
    none means that the note does not say. `english` is its translation."""

    text: str
    said: tuple[str, ...] = ()
    english: str = ""


GOLDEN = (
    Golden("¿a qué hora es el tema 2?", ("10:40–11:00 (20 minutos)",), "what time is theme 2?"),
    Golden("a qué hora empieza el taller", ("10:30",), "what time does the workshop start"),
    Golden(
        "cuánto dura la actividad grupal",
        ("11:20–11:55", "45 minutos; por el horario son 35"),
        "how long does the group activity last",
    ),
    Golden("cuándo son las conclusiones", ("11:55–12:00",), "when are the conclusions"),
    Golden(
        "¿dónde es el taller?",
        ("Barceló Bávaro Palace", "Punta Cana"),
        "where is the workshop?",
    ),
    Golden(
        "¿en qué idioma será el taller?",
        ("español",),
        "what language will the workshop be in?",
    ),
    Golden("¿quién dirige la DPIDG?", ("Juwang Zhu", "Director"), "who heads DPIDG?"),
    Golden("correo de Adriana Alberti", ("alberti@un.org",), "email of Adriana Alberti"),
    Golden(
        "cargo de Sergio Arredondo",
        ("Secretario Ejecutivo", "Directora Ejecutiva", "no coinciden"),
        "position of Sergio Arredondo",
    ),
    Golden(
        "¿cuántos principios adoptó el CEPA y cuándo?",
        ("11 principios", "decimoséptima sesión", "2018"),
        "how many principles did CEPA adopt and when?",
    ),
    Golden("resolución 60/34", ("17 de marzo de 2006",), "resolution 60/34"),
    Golden(
        "¿qué ODS se relacionan con la localización?",
        ("ODS 16", "ODS 11"),
        "which SDGs are related to localization?",
    ),
    Golden(
        "¿cuántos municipios representa FLACMA?",
        ("16.000",),
        "how many municipalities does FLACMA represent?",
    ),
    Golden("formación de formadores", ("ToT",), "training of trainers"),
    Golden("ToT", ("ToT",), "training of trainers"),
    Golden(
        "subtemas del tema 3",
        ("Inclusión Social de Grupos Vulnerables", "Coordinación Institucional"),
        "subtopics of theme 3",
    ),
    Golden("hoja de ruta", ("Hoja de Ruta",), "roadmap"),
    Golden("resultados esperados", ("ER",), "expected results"),
    Golden("changing mindsets", ("entalidad",), "changing mindsets"),
    Golden(
        "cumbre: ¿qué hay el sábado?",
        ("2 de noviembre", "10:00", "Clausura", "12:00"),
        "summit: what is on Saturday?",
    ),
    Golden("presupuesto del taller", (), "budget of the workshop"),
    Golden("precio del hotel", (), "hotel price"),
    Golden("clave del wifi", (), "wifi password"),
    Golden("ODS 14 océanos", (), "SDG 14 oceans"),
    Golden("salud mental", (), "mental health"),
    Golden("¿a qué hora es el tema 4?", (), "what time is theme 4?"),
    Golden("CEPA África", (), "ECA Africa"),
)
