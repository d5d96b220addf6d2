"""The head of a web page to its title, language and date of publication."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingest.readers.clean import clean
from ingest.readers.titles import sensible_title

DATES = frozenset(
    (
        "article:published_time",
        "date",
        "datepublished",
        "dcterms.date",
        "dc.date",
        "dcterms.created",
        "dc.created",
        "dcterms.issued",
        "dc.date.issued",
        "citation_publication_date",
        "publishdate",
        "fecha",
    )
)
KEPT = frozenset(("og:title", "og:site_name", "og:locale"))
DATE = re.compile(r"(\d{4})[-/](\d{2})[-/](\d{2})")
LONGEST_TITLE = 500  # characters
SURE_SIGNS = (" | ", " :: ", " » ", " · ")
SIGNS = (*SURE_SIGNS, " - ", " – ", " — ")


@dataclass(slots=True)
class Metadata:
    """What a page says of itself, as its tags stream by."""

    fields: dict[str, str] = field(default_factory=dict)
    linked_data: list[str] = field(default_factory=list)
    """The texts of its JSON-LD scripts."""

    def note(self, tag: str, attributes: dict[str, str]) -> None:
        """Keep what a tag tells; the first of several counts."""
        if tag == "html" and attributes.get("lang", attributes.get("xml:lang")):
            self._keep("language", attributes.get("lang") or attributes["xml:lang"])
        elif tag == "time" and "datetime" in attributes:
            self._keep("time", attributes["datetime"])
        elif tag == "meta":
            names = (attributes.get(key, "") for key in ("property", "name", "itemprop"))
            name = next(filter(None, names), "").lower()
            if name in DATES:
                self._keep("date", attributes.get("content", ""))
            elif name in KEPT:
                self._keep(name, attributes.get("content", ""))

    def add_title(self, text: str) -> None:
        """More of the text of `<title>`."""
        self.fields["title"] = self.fields.get("title", "") + text

    def _keep(self, name: str, value: str) -> None:
        self.fields.setdefault(name, value)

    @property
    def language(self) -> str | None:
        """The language in two letters, if the page states it."""
        stated = self.fields.get("language") or self.fields.get("og:locale", "")
        code = re.split("[-_]", stated.strip())[0].lower()
        return code if len(code) == 2 and code.isalpha() else None

    @property
    def date(self) -> str | None:
        """When it was published: by its metadata, its JSON-LD, its first `<time>`."""
        stated = (self.fields.get("date", ""), *self._published(), self.fields.get("time", ""))
        found = next(filter(None, map(DATE.match, stated)), None)
        return "-".join(found.groups()) if found else None

    def title(self, tops: Sequence[str], name: str) -> str | None:
        """What the page calls itself when shared, else its only h1, else the title of its
        window; without the name of the site."""
        only = tops[0] if len(tops) == 1 else ""
        candidates = (
            self._without_site(self._title("og:title"), only),
            only,
            self._without_site(self._title("title"), only),
        )
        return next(filter(None, (sensible_title(text, name) for text in candidates)), None)

    def _title(self, name: str) -> str:
        return clean(self.fields.get(name, "")[:LONGEST_TITLE])

    def _without_site(self, title: str, top: str) -> str:
        site = clean(self.fields.get("og:site_name", "")).casefold()
        for sign in SIGNS:
            head, found, tail = title.rpartition(sign)
            if not found:
                continue
            if site and head.casefold() == site:
                return tail
            known = tail.casefold() == site or head == top
            if known or (sign in SURE_SIGNS and sensible_title(head, "") is not None):
                return self._without_site(head, top)
        return title

    def _published(self) -> Iterator[str]:
        for text in self.linked_data:
            try:
                yield from _dates(json.loads(text))
            except (ValueError, RecursionError):
                continue  # written by hand and never checked: no source of dates then


def _dates(data: object) -> Iterator[str]:
    if isinstance(data, list):
        for item in data:
            yield from _dates(item)
    elif isinstance(data, dict):
        yield from (str(data[key]) for key in ("datePublished", "dateCreated") if key in data)
        yield from _dates(data.get("@graph", []))
