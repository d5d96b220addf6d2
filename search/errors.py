"""Defines what can go wrong while searching, as one tree.

AcervoError                the message is Spanish and says what to do next
├── ModelError             the embedding model is missing, damaged or not the right one
├── IndexUnusable          the index cannot be used
│   ├── IndexMissing       there is no index at that path
│   ├── IndexDamaged       a checksum does not match and cannot be repaired from the database
│   └── ModelMismatch      the index was built with another model
├── QueryError             the query is empty, too long or filters by an unknown facet
└── EvaluationError        an evaluation folder or judged-query file is not what it should be

The doors of `service` show the message of an `AcervoError` as it is; every other exception is a
fault of ours.
"""


class AcervoError(Exception):
    """Base of all errors that are explained to the user."""


class ModelError(AcervoError):
    """The embedding model is missing, damaged or not the right one."""


class IndexUnusable(AcervoError):
    """The index cannot be used."""


class IndexMissing(IndexUnusable):
    """There is no index at that path."""


class IndexDamaged(IndexUnusable):
    """A checksum does not match and the database cannot repair it."""


class ModelMismatch(IndexUnusable):
    """The index was built with another model."""


class QueryError(AcervoError):
    """The query is empty, too long or filters by an unknown facet."""


class EvaluationError(AcervoError):
    """An evaluation folder or judged-query file is not what it should be."""
