"""Numbers of goals and targets → their names, colours and addresses at the United Nations."""

from dataclasses import dataclass

IRI = "http://metadata.un.org/sdg"


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal with its official short name and colour; `white` says whether white text can be read
    on it (contrast of 4.5 or more), else dark text can."""

    number: int
    name: str
    colour: str
    white: bool = False

    @property
    def label(self) -> str:
        """«ODS 16 · Paz, justicia e instituciones sólidas»."""
        return f"ODS {self.number} · {self.name}"

    @property
    def iri(self) -> str:
        """What the goal is called among machines."""
        return f"{IRI}/{self.number}"


GOALS = {
    goal.number: goal
    for goal in (
        Goal(1, "Fin de la pobreza", "#E5243B", white=True),
        Goal(2, "Hambre cero", "#DDA63A"),
        Goal(3, "Salud y bienestar", "#4C9F38"),
        Goal(4, "Educación de calidad", "#C5192D", white=True),
        Goal(5, "Igualdad de género", "#FF3A21"),
        Goal(6, "Agua limpia y saneamiento", "#26BDE2"),
        Goal(7, "Energía asequible y no contaminante", "#FCC30B"),
        Goal(8, "Trabajo decente y crecimiento económico", "#A21942", white=True),
        Goal(9, "Industria, innovación e infraestructura", "#FD6925"),
        Goal(10, "Reducción de las desigualdades", "#DD1367", white=True),
        Goal(11, "Ciudades y comunidades sostenibles", "#FD9D24"),
        Goal(12, "Producción y consumo responsables", "#BF8B2E"),
        Goal(13, "Acción por el clima", "#3F7E44", white=True),
        Goal(14, "Vida submarina", "#0A97D9"),
        Goal(15, "Vida de ecosistemas terrestres", "#56C02B"),
        Goal(16, "Paz, justicia e instituciones sólidas", "#00689D", white=True),
        Goal(17, "Alianzas para lograr los objetivos", "#19486A", white=True),
    )
}


def target_iri(target: str) -> str:
    """What a target (`16.6`) is called among machines."""
    return f"{IRI}/{target}"
