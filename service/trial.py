"""The text of editorial rules → if it may be published, and what it does to judged questions."""

import threading
from dataclasses import dataclass, replace
from pathlib import Path

from search.judging.compare import TOLERANCE
from search.judging.effect import Effect, Measured, Progress, effect, measure
from search.judging.judged import read_judged
from search.rulebook import Mistake, read_rules
from search.rules import Rules
from search.searcher import Searcher


@dataclass(frozen=True, slots=True)
class Trial:
    """What a text is worth: its mistakes, or its effect where there are judged questions."""

    text: str
    rules: Rules
    mistakes: tuple[Mistake, ...]
    effect: Effect | None = None

    @property
    def fallen(self) -> dict[str, tuple[str, ...]]:
        """The kinds of questions that fall by more than the tolerance, and in what."""
        return self.effect.comparison.fallen(TOLERANCE) if self.effect else {}


def examine(text: str, searcher: Searcher) -> Trial:
    """What can be said of a text at once: its mistakes."""
    rules, mistakes = read_rules(text)
    return Trial(text, rules, mistakes or tuple(searcher.strangers(rules)))


class Trials:
    """Tries rules against what is in force, whose marks it keeps: they are most of the work."""

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

        `progress` is told how many are asked, and how many there are in all. One at a time: others
        wait. Raises `EvaluationError`.
        """
        with self._lock:
            found = self._effect(trial.rules, searcher, progress)
        return replace(trial, effect=found)

    def _effect(self, rules: Rules, searcher: Searcher, progress: Progress) -> Effect | None:
        state = (searcher.info.generation, searcher.rules)
        if self._kept is None or self._kept[0] != state:
            questions = read_judged(self._judged)
            self._kept = (state, measure(searcher, questions, progress))
        measured = self._kept[1]
        if not measured.outcomes:
            return None
        return effect(searcher, searcher.ruled(rules), measured, progress)
