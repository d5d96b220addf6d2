"""What an answer warns of → a Spanish sentence that remembers its form and values, so that a door
of the house can say it in another language."""


class Said(str):
    """A sentence; `form` is what `str.format` makes it of with `values`."""

    form: str
    values: dict[str, str]


def said(form: str, **values: object) -> Said:
    """The sentence that the form makes with the values."""
    sentence = Said(form.format(**values))
    sentence.form = form
    sentence.values = {name: str(value) for name, value in values.items()}
    return sentence


def N_(form: str) -> str:
    """Mark a form for the catalogues of other languages."""
    return form


ABOVE = N_("título o apartado")
"""Where a word of the question stands when it is not in the passage itself."""

MINUTES_DIFFER = N_("El documento indica {stated} minutos; por el horario son {computed}.")
POSTS_DIFFER = N_("Las fuentes no coinciden: figura como {posts}.")
HOURS_DIFFER = N_("La misma sesión figura con horas distintas: {hours}.")
NO_SUCH_NUMBER = N_("No existe {name} {number}: hay {others}.")
NO_SUCH_DAY = N_("El programa de «{title}» no tiene ese día: tiene {days}.")
NO_SUCH_PHRASE = N_("Ningún pasaje contiene la frase exacta; se muestran los más parecidos.")
