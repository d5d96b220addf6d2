"""Given paths, and the places of what is indexed, to the roots that documents belong to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import SourceMissing

Place = tuple[str, str]
"""A root and a path below it; the path of a document that was given by itself is its name."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A given path, and the root that the documents in it belong to."""

    root: Path
    given: Path

    @property
    def base(self) -> Path:
        """The folder that paths start from."""
        return base_of(self.root)


def make_scopes(paths: Sequence[Path], held: Iterable[Place]) -> tuple[Scope, ...]:
    """One scope for each path that is not within another, in a fixed order.

    A document belongs to the outermost folder that was ever given: to one of these paths, or to a
    root of the index (`held`) around it. Raises `SourceMissing`.
    """
    for path in paths:
        if not path.exists():
            raise SourceMissing(f"No existe «{path}»: revise la ruta.")
    places = sorted({path.resolve() for path in paths})
    outermost = [place for place in places if not any(other in place.parents for other in places)]
    roots = {Path(root) for root, _ in held}
    return tuple(Scope(_root_of(place, roots), place) for place in outermost)


def absorbed_roots(scopes: Sequence[Scope], held: Iterable[Place]) -> tuple[str, ...]:
    """The roots of the index whose documents all belong to another root from now on."""
    roots = sorted({root for root, _ in held} - {str(scope.root) for scope in scopes})
    return tuple(
        root for root in roots if any(scope.given in Path(root).parents for scope in scopes)
    )


def base_of(root: Path) -> Path:
    """The folder that paths of a root start from: of a single file, the one it is in."""
    return root.parent if root.is_file() else root


def location_of(place: Place) -> Path:
    """Where a document is on disk, under whatever root; one in a package is below that file."""
    root, path = place
    return base_of(Path(root)) / path


def _root_of(place: Path, roots: set[Path]) -> Path:
    around = [folder for folder in place.parents if folder in roots and folder.is_dir()]
    return around[-1] if around else place
