"""Templates and what they show → HTML; everything is escaped."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service.labels import (
    DOCUMENT_TYPES,
    FIELD_NAMES,
    ORIGINS,
    RESOURCE_TYPES,
    answer_heading,
    counted,
    decimal,
    fact_value,
    grouped,
    language_name,
    long_date,
    module_name,
    page_name,
)
from service.links import anchor, document_url, search_url

HERE = Path(__file__).parent
STATIC = HERE / "static"


def render(template: str, context: Mapping[str, object]) -> str:
    """The page as text."""
    return environment().get_template(template).render(context)


@cache
def environment() -> Environment:
    """Templates with autoescape; an unknown name is an error, never an empty string."""
    result = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    result.globals.update(
        anchor=anchor,
        answer_heading=answer_heading,
        counted=counted,
        document_types=DOCUMENT_TYPES,
        fact_value=fact_value,
        field_names=FIELD_NAMES,
        origins=ORIGINS,
        resource_types=RESOURCE_TYPES,
        document_url=document_url,
        language_name=language_name,
        page_name=page_name,
        search_url=search_url,
        static=static_url,
    )
    result.filters.update(
        decimal=decimal, grouped=grouped, long_date=long_date, module_name=module_name
    )
    return result


@cache
def static_url(name: str) -> str:
    """The address of a static file; it changes with the content, so it may be kept for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
