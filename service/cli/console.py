"""Writes the output of commands: one JSON document on stdout, or Spanish for people."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

out = Console(highlight=False, soft_wrap=True)
if not out.is_terminal:
    out.width = 160  # tables in files and pipes are not cut at 80 columns
err = Console(stderr=True, highlight=False)


def say(text: str, style: str = "") -> None:
    """One line on stdout. What is given to `print` as it is may not hold square brackets, which are
    markup there: names, titles and quotes may."""
    out.print(Text(text, style=style))


def print_table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str | Text]],
    justify: Literal["left", "right"] = "right",
) -> None:
    """A table without lines; all columns but the first stand to the right, as numbers do."""
    table = Table(heads[0], box=None)
    for head in heads[1:]:
        table.add_column(head, justify=justify)
    for row in rows:
        table.add_row(*row)
    out.print(table)


def write_json(value: Any) -> None:
    """One JSON document, readable and with accents as they are; dataclasses and models are objects
    of their fields."""
    # Not with rich, which would wrap lines and colour them.
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=to_jsonable_python)
    sys.stdout.write("\n")


@dataclass(frozen=True, slots=True)
class Bar:
    """A progress bar on stderr; silent where that is no terminal."""

    progress: "Progress"
    task: "TaskID"

    def expect(self, total: int) -> None:
        """Say how much there is to do, once it is known."""
        self.progress.update(self.task, total=total)

    def advance(self, more: float, note: str) -> None:
        """So much more is done; `note` stands behind the count."""
        self.progress.update(self.task, advance=more, note=note)

    def reach(self, done: float, total: float, note: str) -> None:
        """So much is done in all."""
        self.progress.update(self.task, completed=done, total=total, note=note)


@contextmanager
def progress_bar(text: str, total: int | None = None) -> Iterator[Bar]:
    """A bar with share done, note, elapsed and remaining time."""
    from rich import progress as parts  # here, since a search shows no bar

    columns = (
        parts.SpinnerColumn(),
        parts.TextColumn("{task.description}"),
        parts.BarColumn(bar_width=24),
        parts.TaskProgressColumn(),
        parts.TextColumn("{task.fields[note]}", markup=False),  # may be the name of a file
        parts.TimeElapsedColumn(),
        parts.TextColumn("· quedan"),
        parts.TimeRemainingColumn(),
    )
    shown = err.is_terminal
    with parts.Progress(*columns, console=err, transient=True, disable=not shown) as progress:
        yield Bar(progress, progress.add_task(text, total=total, note=""))
