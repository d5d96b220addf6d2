"""Renders the Jinja templates as HTML; everything in them is escaped."""

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service.i18n import LANGUAGES, _, in_language, language, ngettext
from service.labels import (
    answer_heading,
    counted,
    decimal,
    document_type_label,
    fact_value,
    field_label,
    goal_label,
    grouped,
    language_name,
    long_date,
    module_name,
    origin_label,
    page_name,
    resource_label,
)
from service.links import (
    anchor,
    cite_url,
    document_url,
    followed,
    inside_url,
    localised,
    original_url,
    search_url,
)

HERE = Path(__file__).parent
STATIC = HERE / "static"


def render(template: str, context: Mapping[str, object]) -> str:
    """The page as text."""
    return environment().get_template(template).render(context)


@cache
def environment() -> Environment:
    """Templates with autoescape; an unknown name is an error, never an empty string."""
    # The extension calls our gettext for each page, so one environment serves all languages.
    result = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        # Lines that hold nothing but a tag leave no empty line: pages keep to a budget of bytes.
        trim_blocks=True,
        lstrip_blocks=True,
    )
    result.install_gettext_callables(_, ngettext)  # type: ignore[attr-defined] # the extension's
    result.globals.update({function.__name__: function for function in TEMPLATE_FUNCTIONS})
    result.globals.update(languages=LANGUAGES, static=static_url)
    result.filters.update({function.__name__: function for function in TEMPLATE_FILTERS})
    return result


@cache
def static_url(name: str) -> str:
    """The address of a static file; it changes with the content, so it may be kept for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


TEMPLATE_FUNCTIONS: tuple[Callable[..., object], ...] = (
    anchor,
    answer_heading,
    cite_url,
    counted,
    document_type_label,
    document_url,
    fact_value,
    field_label,
    goal_label,
    in_language,
    inside_url,
    language,
    language_name,
    localised,
    origin_label,
    original_url,
    page_name,
    resource_label,
    search_url,
)

TEMPLATE_FILTERS: tuple[Callable[..., object], ...] = (
    decimal,
    followed,
    grouped,
    long_date,
    module_name,
)
