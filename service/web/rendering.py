"""Renders the Jinja templates as HTML; everything in them is escaped."""

import hashlib
from collections.abc import Mapping
from functools import cache
from inspect import isfunction
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service import labels, links
from service.i18n import LANGUAGES, _, in_language, language, ngettext

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
    result.globals.update(
        languages=LANGUAGES, static=static_url, language=language, in_language=in_language
    )
    # Templates may call whatever names and addresses things, also as a filter.
    for module in (labels, links):
        for name, function in vars(module).items():
            if isfunction(function) and function.__module__ == module.__name__:
                result.globals[name] = result.filters[name] = function
    return result


@cache
def static_url(name: str) -> str:
    """The address of a static file; it changes with the content, so it may be kept for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
