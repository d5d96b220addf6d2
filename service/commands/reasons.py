"""Why a hit ranks where it does → a small table with bars, for people at a terminal."""

from rich import box
from rich.table import Table
from rich.text import Text

from search.types import Explanation, Share
from service.commands.console import out
from service.labels import decimal, share_label

BAR = 20
"""Signs of the longest bar."""


def print_reasons(explanation: Explanation) -> None:
    """What each kind of evidence adds, which words are held, and which stand for which."""
    if explanation.shares:
        out.print(_shares(explanation.shares))
    held = ", ".join(f"{word} ({decimal(weight)})" for word, weight in explanation.words)
    if held:
        out.print(Text(f"   Contiene: {held}"))
    pairs = ", ".join(
        f"{pair.asked} → {pair.met} ({decimal(pair.similarity)})" for pair in explanation.aligned
    )
    if pairs:
        out.print(Text(f"   Se corresponden: {pairs}"))


def _shares(shares: tuple[Share, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("   Indicio")
    for name in ("Valor", "Peso", "Suma"):
        table.add_column(name, justify="right")
    table.add_column("")
    added = [share.weight * share.standardised for share in shares]
    most = max(abs(number) for number in added) or 1.0
    for share, number in zip(shares, added, strict=True):
        bar = Text("█" * round(BAR * abs(number) / most), style="green" if number > 0 else "red")
        name, *values = f"   {share_label(share.name)}", share.standardised, share.weight, number
        table.add_row(name, *(decimal(value) for value in values), bar)
    return table
