"""Numbers of goals and targets → their names, colours and addresses at the United Nations."""

from dataclasses import dataclass

from service.i18n import N_, _

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
        return _("ODS {number} · {name}").format(number=self.number, name=_(self.name))

    @property
    def iri(self) -> str:
        """What the goal is called among machines."""
        return f"{IRI}/{self.number}"


GOALS = {
    goal.number: goal
    for goal in (
        Goal(1, N_("Fin de la pobreza"), "#E5243B", white=True),
        Goal(2, N_("Hambre cero"), "#DDA63A"),
        Goal(3, N_("Salud y bienestar"), "#4C9F38"),
        Goal(4, N_("Educación de calidad"), "#C5192D", white=True),
        Goal(5, N_("Igualdad de género"), "#FF3A21"),
        Goal(6, N_("Agua limpia y saneamiento"), "#26BDE2"),
        Goal(7, N_("Energía asequible y no contaminante"), "#FCC30B"),
        Goal(8, N_("Trabajo decente y crecimiento económico"), "#A21942", white=True),
        Goal(9, N_("Industria, innovación e infraestructura"), "#FD6925"),
        Goal(10, N_("Reducción de las desigualdades"), "#DD1367", white=True),
        Goal(11, N_("Ciudades y comunidades sostenibles"), "#FD9D24"),
        Goal(12, N_("Producción y consumo responsables"), "#BF8B2E"),
        Goal(13, N_("Acción por el clima"), "#3F7E44", white=True),
        Goal(14, N_("Vida submarina"), "#0A97D9"),
        Goal(15, N_("Vida de ecosistemas terrestres"), "#56C02B"),
        Goal(16, N_("Paz, justicia e instituciones sólidas"), "#00689D", white=True),
        Goal(17, N_("Alianzas para lograr los objetivos"), "#19486A", white=True),
    )
}


def target_iri(target: str) -> str:
    """What a target (`16.6`) is called among machines."""
    return f"{IRI}/{target}"


def goal_label(number: int) -> str:
    """The number and the short name of a goal."""
    return GOALS[number].label
