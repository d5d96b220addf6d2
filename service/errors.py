"""What can go wrong while serving, as a branch of the tree in `search.errors`.

AcervoError
└── ServiceError           carries the HTTP status
    ├── NotFound           404: no such document, page or passage
    ├── NotReady           503: the index or the model is not open (yet)
    ├── Overloaded         503: the queue is full
    └── TooSlow            503: the work took longer than anybody waits
"""

from search.errors import AcervoError


class ServiceError(AcervoError):
    """A request that cannot be served; `retry_after` is in seconds."""

    status = 500
    retry_after: int | None = None


class NotFound(ServiceError):
    """No such document, page or passage."""

    status = 404


class NotReady(ServiceError):
    """The index or the model is not open (yet)."""

    status = 503
    retry_after = 5


class Overloaded(ServiceError):
    """The queue is full: the request was turned away without work."""

    status = 503
    retry_after = 1


class TooSlow(ServiceError):
    """The work took longer than anybody waits; it may be quicker when there is less to do."""

    status = 503
    retry_after = 5
