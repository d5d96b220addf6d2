"""The folder of an index → the editorial rules in force there, published and taken back whole.

`editorial.toml` is what is in force, `editorial.anterior.toml` what was before it. Both are
replaced by renaming, so that a reader finds the one or the other, never half of it.
"""

import hashlib
import logging
import os
import tempfile
import threading
from pathlib import Path

from search.rulebook import Mistake, read_rules
from search.rules import NO_RULES, Rules
from service.errors import RecordsUnusable, RulesChanged, RulesRefused

RULES = "editorial.toml"
PREVIOUS = "editorial.anterior.toml"

logger = logging.getLogger(__name__)

_writing = threading.Lock()


def rules_text(index: Path) -> str:
    """The text in force; empty without rules. Raises `RecordsUnusable`."""
    return _read(index / RULES) or ""


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise RecordsUnusable(f"no se puede leer «{path}» ({error})") from error


def digest(text: str) -> str:
    """What tells two texts apart, to notice that somebody else has published meanwhile."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rules_in_force(index: Path) -> Rules:
    """The rules of an index, for who has none open yet.

    A file that is not understood is told in the log and replaced by the one before, if that is
    understood: a slip in an editor must not stop the search.
    """
    for name in (RULES, PREVIOUS):
        try:
            rules = understood(_read(index / name))
        except (RulesRefused, RecordsUnusable) as error:
            logger.error("%s", error)
            continue
        if name == PREVIOUS:
            logger.error("las reglas en uso son las de «%s»", index / name)
        return rules
    return NO_RULES


def understood(text: str | None) -> Rules:
    """The rules of a text. Raises `RulesRefused` with its first mistake."""
    rules, mistakes = read_rules(text or "")
    if mistakes:
        raise RulesRefused(_told(mistakes))
    return rules


def _told(mistakes: tuple[Mistake, ...]) -> str:
    more = len(mistakes) - 1
    also = f" (y {more} más)" if more else ""
    return f"las reglas editoriales tienen errores: {mistakes[0]}{also}"


def publish_rules(index: Path, text: str, *, after: str | None = None) -> None:
    """Put a text in force and keep the one before. The text must have been checked.

    Raises `RulesChanged` when what is in force is not what `after` is the digest of, and
    `RecordsUnusable`.
    """
    if not index.is_dir():
        raise RecordsUnusable(f"no hay ningún índice en «{index}»: ingiera antes algún documento")
    with _writing:
        before = rules_text(index)
        if after is not None and after != digest(before):
            raise RulesChanged(
                "alguien ha publicado otras reglas mientras tanto: vuelva a abrirlas"
            )
        if text != before:
            _replace(index / PREVIOUS, before)
            _replace(index / RULES, text)


def undo_rules(index: Path) -> str:
    """Put the text before in force again, and return it; doing so twice undoes the undoing.

    Raises `RulesRefused` when there is none.
    """
    before = _read(index / PREVIOUS)
    if before is None:
        raise RulesRefused("no hay reglas anteriores a las que volver")
    publish_rules(index, before)
    return before


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises `RecordsUnusable`."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="\n", dir=path.parent, prefix=".editorial-", delete=False
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        place = Path(file.name)
        place.chmod(0o644)  # temporary files are for their owner only
        place.replace(path)
    except OSError as error:
        raise RecordsUnusable(f"no se puede escribir «{path}» ({error.strerror})") from error
