"""An Office equation to one line of text."""

from collections.abc import Callable, Iterator

from lxml.etree import _Element

from ingest.readers.clean import SUPERSCRIPT

MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
EQUATION = f"{MATH}oMath"


def equation(element: _Element) -> str:
    """The equation as one would type it: `a/b`, `x²`, `x_i`, `√(x)`."""
    write = WRITERS.get(str(element.tag))
    if write is not None:
        return write(element)
    if element.tag == f"{MATH}t":
        return element.text or ""
    return "".join(map(equation, element))


def _child(element: _Element, name: str) -> str:
    child = element.find(MATH + name)
    return "" if child is None else equation(child).strip()


def _fraction(element: _Element) -> str:
    return f"{_held(_child(element, 'num'))}/{_held(_child(element, 'den'))}"


def _power(element: _Element) -> str:
    base, above = _child(element, "e"), _child(element, "sup")
    raised = above.translate(SUPERSCRIPT) if above.isdigit() else f"^{_held(above)}"
    return f"{base}{raised}"


def _index(element: _Element) -> str:
    return f"{_child(element, 'e')}_{_held(_child(element, 'sub'))}"


def _index_and_power(element: _Element) -> str:
    return f"{_index(element)}^{_held(_child(element, 'sup'))}"


def _root(element: _Element) -> str:
    return f"√({_child(element, 'e')})"


def _large(element: _Element) -> str:
    """A sum, a product or an integral with its bounds."""
    shape = element.find(f"{MATH}naryPr/{MATH}chr")
    sign = "∫" if shape is None else shape.get(f"{MATH}val", "∫")
    bounds = (("_", _child(element, "sub")), ("^", _child(element, "sup")))
    written = "".join(f"{mark}{_held(bound)}" for mark, bound in bounds if bound)
    return f"{sign}{written} {_child(element, 'e')}"


def _bracketed(element: _Element) -> str:
    inside = ", ".join(_texts(element, "e"))
    return f"({inside})"


def _texts(element: _Element, name: str) -> Iterator[str]:
    return (equation(child).strip() for child in element.findall(MATH + name))


def _held(text: str) -> str:
    """In brackets, if it is more than one sign or number."""
    return text if len(text) == 1 or text.isalnum() else f"({text})"


WRITERS: dict[str, Callable[[_Element], str]] = {
    f"{MATH}f": _fraction,
    f"{MATH}sSup": _power,
    f"{MATH}sSub": _index,
    f"{MATH}sSubSup": _index_and_power,
    f"{MATH}rad": _root,
    f"{MATH}nary": _large,
    f"{MATH}d": _bracketed,
}
