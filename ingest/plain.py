"""Text to plain lower-case ASCII, for patterns that should not care how a word is set."""

import re
import unicodedata

_QUOTES = re.compile(r"[_«»\"“”()\[\]]+")


def plain(text: str) -> str:
    """Lower-case ASCII with single spaces and straight apostrophes, without quotes or brackets."""
    marked = unicodedata.normalize("NFKD", text.replace("’", "'").lower())
    letters = "".join(c for c in marked if not unicodedata.combining(c))
    return " ".join(_QUOTES.sub(" ", letters).split())


def levelled(text: str) -> str:
    """Lower-case letters without accents, each where it was: offsets hold in both texts."""
    return "".join((unicodedata.normalize("NFKD", c)[:1] or c).lower()[:1] or c for c in text)


def bare(text: str) -> str:
    """Only the letters and digits of the plain text: equal for titles that are set differently."""
    return "".join(filter(str.isalnum, plain(text)))
