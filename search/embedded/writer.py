"""The embedded engine's write side: a store, the lock that keeps writers apart, and publishing."""

import fcntl
from collections.abc import Mapping, Sequence
from pathlib import Path

from search.embedded import generation
from search.embedded.store import Store, writer_lock
from search.errors import IndexUnusable
from search.files import forget_files, keep_original
from search.types import Document, Entry, Page, Refused


class EmbeddedIndex:
    """Implements `search.index.Index`. One writer at a time, in one process or many."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = folder
        self._store = Store(folder, create=create)
        self._lock = writer_lock(folder).open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.close()
            raise IndexUnusable(
                f"otro proceso está escribiendo en el índice «{folder}»: espere a que termine"
            ) from error

    def claim_model(self, name: str) -> None:
        """See `Index`."""
        self._store.claim_model(name)

    def fingerprints(self) -> dict[tuple[str, str], tuple[str, str]]:
        """See `Index`."""
        return self._store.fingerprints()

    def put(self, entry: Entry, fingerprint: str) -> None:
        """See `Index`."""
        self._store.put(entry, fingerprint)

    def delete(self, document_id: str) -> bool:
        """See `Index`."""
        return self._store.delete(document_id)

    def put_equivalents(self, root: str, data: str | None) -> None:
        """See `Index`."""
        self._store.put_equivalents(root, data)

    def pages(self, document_id: str) -> tuple[Page, ...]:
        """See `Index`."""
        return self._store.pages(document_id)

    def sketches(self) -> list[tuple[Document, bytes]]:
        """See `Index`."""
        return self._store.sketches()

    def put_versions(self, versions: Mapping[str, str]) -> None:
        """See `Index`."""
        self._store.put_versions(versions)

    def put_refused(self, root: str, refused: Sequence[Refused]) -> None:
        """See `Index`."""
        self._store.put_refused(root, refused)

    def refused(self) -> tuple[Refused, ...]:
        """See `Index`."""
        return self._store.refused()

    def keep_original(self, sha256: str, data: bytes) -> None:
        """See `Index`."""
        keep_original(self.folder, sha256, data)

    def publish(self) -> int:
        """See `Index`."""
        forget_files(self.folder, self._store.originals())
        return generation.publish(self.folder, self._store)

    def close(self) -> None:
        """See `Index`."""
        self._lock.close()
        self._store.close()
