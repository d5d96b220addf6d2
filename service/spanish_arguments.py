"""The messages of argparse in Spanish."""

import argparse

_MESSAGES = {
    "usage: ": "uso: ",
    "positional arguments": "argumentos",
    "options": "opciones",
    "optional arguments": "opciones",
    "show this help message and exit": "muestra esta ayuda y termina",
    "%(prog)s: error: %(message)s\n": "%(prog)s: error: %(message)s\n",
    "the following arguments are required: %s": "falta: %s",
    "unrecognized arguments: %s": "no se entiende: %s",
    "expected one argument": "necesita un valor",
    "expected at least one argument": "necesita al menos un valor",
    "invalid %(type)s value: %(value)r": "valor no válido: %(value)r",
    "invalid choice: %(value)r (choose from %(choices)s)": (
        "no hay ninguna opción %(value)r; las hay: %(choices)s"
    ),
    "argument %(argument_name)s: %(message)s": "%(argument_name)s: %(message)s",
    "ambiguous option: %(option)s could match %(matches)s": (
        "%(option)s es ambigua: puede ser %(matches)s"
    ),
    "not allowed with argument %s": "no va junto con %s",
    "one of the arguments %s is required": "hace falta una de estas opciones: %s",
}


def speak_spanish() -> None:
    """Make argparse look its messages up here; it fetches them through its name `_`."""
    setattr(argparse, "_", lambda message: _MESSAGES.get(message, message))  # noqa: B010 (not in its type information)
