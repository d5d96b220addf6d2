"""Translates our Spanish texts into the language of the request.

Spanish is the language that texts are written in, so it needs no catalogue. Catalogues are gettext
`.po` files, read as they are: there is nothing to compile.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
DEFAULT = "es"
LANGUAGES = {"es": "Español", "en": "English", "pt": "Português", "fr": "Français"}
"""The languages of the service, each called as it calls itself."""

# Context variables: many requests are answered at once, and passing a language to every function
# that writes a word would be most of their parameters.
_language: ContextVar[str] = ContextVar("language", default=DEFAULT)
_place: ContextVar[str] = ContextVar("place", default="/")


def language() -> str:
    """The language of whoever is being answered now."""
    return _language.get()


def set_language(code: str, place: str) -> None:
    """Answer in this language from now on, in this context, to whoever asked for this address."""
    _language.set(code)
    _place.set(place)


def in_language(code: str) -> str:
    """The address that was asked for in another language."""
    return _place.get() if code == DEFAULT else f"/{code}{_place.get()}"


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Answer in this language inside the block."""
    before = _language.set(code)
    try:
        yield
    finally:
        _language.reset(before)


def N_(message: str) -> str:
    """Mark a text for the catalogues that is translated only where it is shown."""
    return message


def _(message: str) -> str:
    """The text in the language of the request; the Spanish one where no catalogue has it."""
    return _translations(language()).gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """The form of the text that goes with the number, by the rules of the language."""
    return _translations(language()).ngettext(singular, plural, number)


@cache
def _translations(code: str) -> NullTranslations:
    if code == DEFAULT:
        return NullTranslations()
    # Not at the top: the command line speaks Spanish, and would wait for what it never uses.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with (LOCALES / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    # gettext reads only compiled catalogues. In memory, since an installation may be read-only.
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
