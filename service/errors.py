"""Defines what can go wrong while serving, as a branch of the tree in `search.errors`.

AcervoError
├── KeyRefused             such a key cannot be made or revoked
├── RulesRefused           the editorial rules are wrong, or there are none to go back to
│   └── RulesChanged       somebody else has published meanwhile
└── ServiceError           carries the HTTP status
    ├── Unauthorised       401: no key was shown, or one that opens nothing
    ├── Forbidden          403: the request comes from a page of somebody else
    ├── HarvestError       an error of OAI-PMH, which answers it with status 200
    ├── NotFound           404: no such document, page or passage
    ├── TooLarge           413: more was sent than is read
    ├── NotReady           503: the index or the model is not open (yet)
    ├── Overloaded         503: the queue is full
    ├── TooSlow            503: the work took longer than anybody waits
    └── RecordsUnusable    503: the files of keys, records or rules cannot be used
"""

from search.errors import AcervoError


class KeyRefused(AcervoError):
    """Such a key cannot be made or revoked."""


class RulesRefused(AcervoError):
    """The editorial rules are wrong, or there are none to go back to."""


class RulesChanged(RulesRefused):
    """Somebody else has published meanwhile."""


class ServiceError(AcervoError):
    """A request that cannot be served; `retry_after` is in seconds."""

    status = 500
    retry_after: int | None = None


class Unauthorised(ServiceError):
    """No key was shown, or one that opens nothing."""

    status = 401


class Forbidden(ServiceError):
    """The request comes from a page of somebody else."""

    status = 403


class HarvestError(ServiceError):
    """An error of OAI-PMH; `code` is the protocol's."""

    # The protocol tells its errors in the XML; other statuses are for the transport.
    status = 200

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class NotFound(ServiceError):
    """No such document, page or passage."""

    status = 404


class TooLarge(ServiceError):
    """More was sent than is read."""

    status = 413


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


class RecordsUnusable(ServiceError):
    """A file where the service keeps keys, records or rules cannot be read or written."""

    # Without `retry_after`: waiting does not mend a disk.
    status = 503
