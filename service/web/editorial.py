"""Keeps the editorial rules of an index: reads, checks, publishes and takes them back.

`editorial.toml` is what is in force, `editorial.anterior.toml` what was before it. Both are
replaced by renaming, so that a reader finds the one or the other, never half of it.
"""

import hashlib
import logging
import os
import tempfile
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from search.editorial import NO_RULES, Rules
from search.editorial_file import Mistake, read_rules
from search.evaluation.compare import TOLERANCE, Effect, Measured, Progress, effect, measure
from search.evaluation.judged import read_judged
from search.searcher import Searcher
from service.errors import RecordsUnusable, RulesChanged, RulesRefused

logger = logging.getLogger(__name__)


RULES = "editorial.toml"
PREVIOUS = "editorial.anterior.toml"

# Between comparing with what is in force and replacing it, nobody else of this process may publish.
_publishing = threading.Lock()


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
    """The version of a text (16 hex digits), by which to notice that somebody else has published
    meanwhile."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rules_in_force(index: Path) -> Rules:
    """The rules of an index, for whoever starts to serve it.

    A file that cannot be understood is told in the log, and the one before it is used if that can
    be: a slip in an editor must not stop the search.
    """
    for name in (RULES, PREVIOUS):
        try:
            rules = parse_rules(_read(index / name))
        except (RulesRefused, RecordsUnusable) as error:
            logger.error("%s", error)
            continue
        if name == PREVIOUS:
            logger.error("las reglas en uso son las de «%s»", index / name)
        return rules
    return NO_RULES


def parse_rules(text: str | None) -> Rules:
    """The rules of a text. Raises `RulesRefused` with its first mistake."""
    rules, mistakes = read_rules(text or "")
    if mistakes:
        raise RulesRefused(_summary(mistakes))
    return rules


def _summary(mistakes: tuple[Mistake, ...]) -> str:
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
    with _publishing:
        before = rules_text(index)
        if after is not None and after != digest(before):
            raise RulesChanged(
                "alguien ha publicado otras reglas mientras tanto: vuelva a abrirlas"
            )
        # Publishing the same text again must not make it its own predecessor.
        if text != before:
            # The older file first: whenever the machine stops, both files are whole, and at worst
            # they hold the same rules.
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
        ) as file:  # in the same folder, since renaming works within one file system only
            file.write(text)
            file.flush()
            # Else the new name may reach the disk before the contents that it names.
            os.fsync(file.fileno())
        place = Path(file.name)
        place.chmod(0o644)  # temporary files are for their owner only
        place.replace(path)
    except OSError as error:
        raise RecordsUnusable(f"no se puede escribir «{path}» ({error.strerror})") from error


@dataclass(frozen=True, slots=True)
class Trial:
    """What a text is worth: its mistakes, or its effect where there are judged questions."""

    text: str
    rules: Rules
    mistakes: tuple[Mistake, ...]
    effect: Effect | None = None

    @property
    def fallen(self) -> dict[str, tuple[str, ...]]:
        """The kinds of questions that fall by more than the tolerance, and in which measures."""
        return self.effect.comparison.fallen(TOLERANCE) if self.effect else {}


def examine(text: str, searcher: Searcher) -> Trial:
    """What can be said of a text at once: its mistakes of form, or else those of reference."""
    rules, mistakes = read_rules(text)
    # References are looked up only in a text without other mistakes: what was misread would seem
    # to name documents that do not exist.
    return Trial(text, rules, mistakes or tuple(searcher.unknown_references(rules)))


class Trials:
    """Measures rules against those in force, whose results it keeps: they are most of the work."""

    def __init__(self, judged: Path) -> None:
        self._judged = judged
        self._lock = threading.Lock()
        self._kept: tuple[tuple[int, Rules], Measured] | None = None

    @property
    def measuring(self) -> bool:
        """Whether there are judged questions to measure by."""
        return self._judged.is_file()

    def run(self, trial: Trial, searcher: Searcher, progress: Progress) -> Trial:
        """The trial with what changes when its rules come into force instead of those of the
        searcher; without, when this collection cannot be judged by the questions.

        `progress` is told how many more questions have been asked. One trial at a time: others
        wait. Raises `EvaluationError`.
        """
        with self._lock:
            found = self._effect(trial.rules, searcher, progress)
        return replace(trial, effect=found)

    def _effect(self, rules: Rules, searcher: Searcher, progress: Progress) -> Effect | None:
        # Another generation or other rules in force answer the same questions differently.
        state = (searcher.info.generation, searcher.rules)
        if self._kept is None or self._kept[0] != state:
            questions = read_judged(self._judged)
            self._kept = (state, measure(searcher, questions, progress))
        measured = self._kept[1]
        # None of the judged quotes stands in this collection, so there is nothing to measure by.
        if not measured.outcomes:
            return None
        return effect(searcher, searcher.ruled(rules), measured, progress)
