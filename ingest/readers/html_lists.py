"""The lists of a web page to the depth of an item and the number that is shown before it."""

from dataclasses import dataclass, field

from ingest.readers.html_tags import LIST_STYLES, UNMARKED
from ingest.readers.numerals import written_number


@dataclass(slots=True)
class _List:
    """A list that is open; one without a style has no numbers."""

    style: str = ""
    number: int = 1


@dataclass(slots=True)
class Lists:
    """The lists that are open, the innermost last; a definition counts as an item."""

    defines: bool = False
    _open: list[_List] = field(default_factory=list)

    def open(self, tag: str, attributes: dict[str, str]) -> None:
        """A list begins."""
        numbered = tag == "ol" and UNMARKED.search(attributes.get("style", "")) is None
        style = LIST_STYLES.get(attributes.get("type", ""), "decimal") if numbered else ""
        self._open.append(_List(style, _number(attributes.get("start", ""), 1)))

    def close(self) -> None:
        """The innermost list ends."""
        if self._open:
            self._open.pop()

    def next_label(self, attributes: dict[str, str]) -> str:
        """What is shown before the item that begins."""
        if not self._open:
            return ""
        current = self._open[-1]
        number = _number(attributes.get("value", ""), current.number)
        current.number = number + 1
        return f"{written_number(number, current.style)}. " if current.style else ""

    @property
    def depth(self) -> int:
        """How many lists are open."""
        return len(self._open) + self.defines


def _number(value: str, otherwise: int) -> int:
    return int(value[:9]) if value.isascii() and value.isdigit() else otherwise
