"""Answers errors with RFC 9457 problem JSON for programs, or with a page for people."""

import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from search.errors import IndexUnusable, ModelError, QueryError
from service.errors import RulesChanged, RulesRefused, ServiceError
from service.i18n import N_, _, in_language, language
from service.labels import quoted
from service.web.rendering import render

logger = logging.getLogger(__name__)


class ProblemField(BaseModel):
    """One parameter that is wrong."""

    parameter: str
    detail: str


class Problem(BaseModel):
    """An error as RFC 9457 describes it; `type` is stable, `title` and `detail` are for people."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = Field(description="La ruta pedida, sin la consulta")
    errors: list[ProblemField] = []


# What all problems of one status have in common: type, title, and what can be said of them.
KINDS = {
    400: ("consulta-no-valida", N_("La consulta no es válida"), N_("Revise la consulta.")),
    401: ("sin-clave", N_("Hace falta una clave"), N_("Identifíquese con su clave de edición.")),
    403: ("no-permitido", N_("No se permite"), N_("Hágalo desde la página de este servicio.")),
    404: ("no-encontrado", N_("No se encontró"), N_("No hay nada en esta dirección.")),
    405: (
        "metodo-no-permitido",
        N_("Método no permitido"),
        N_("Esta dirección solo se puede leer."),
    ),
    409: ("no-procede", N_("No se puede hacer ahora"), N_("Vuelva a mirar cómo está.")),
    412: ("cambio-entretanto", N_("Otra persona cambió esto"), N_("Vuelva a abrirlo.")),
    413: ("demasiado-grande", N_("La petición es demasiado grande"), N_("Envíe menos datos.")),
    422: ("reglas-no-validas", N_("Las reglas no son válidas"), N_("Corrija los errores.")),
    500: ("error-interno", N_("Error interno"), N_("No pudimos completar la petición.")),
    503: (
        "no-disponible",
        N_("El servicio no está disponible"),
        N_("Intente de nuevo en un momento."),
    ),
}

SEARCH_PATHS = frozenset(
    {"/", "/buscar", "/api/v1/search", "/api/v1/search/export", "/api/v1/verify"}
)
NOT_SEARCHED = N_("No se pudo buscar")
# A search that failed must never look like one that found nothing.
SAYS_NOTHING = N_("Es un fallo técnico: no dice si hay o no material sobre lo que usted pregunta.")

# By whether a page is wanted. Only then the challenge that makes a browser ask for the key: a
# script that fetches data would be interrupted by a dialogue.
CHALLENGES = {True: 'Basic realm="Acervo", charset="UTF-8"', False: 'Bearer realm="Acervo"'}

PROBLEM_MEDIA_TYPE = "application/problem+json"

REFERENCE = "#/components/schemas/{model}"
"""Where the description of the API keeps a schema: FastAPI adds those of the models in signatures,
`app.Application` those that routes refer to by hand."""

# What every route of the API declares for its errors.
RESPONSES: dict[int | str, dict[str, object]] = {
    "default": {
        "description": "Un problema, como lo describe la RFC 9457",
        "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model="Problem")}}},
    }
}

# Types of pydantic's errors. Its own messages are English, and some repeat what was sent.
REASONS = {
    "extra_forbidden": N_("parámetro desconocido"),
    "missing": N_("falta"),
    "int_parsing": N_("debe ser un número entero"),
    "less_than_equal": N_("es demasiado grande"),
    "greater_than_equal": N_("es demasiado pequeño"),
    "string_too_long": N_("es demasiado largo"),
    "string_too_short": N_("está vacío"),
    "bool_parsing": N_("debe ser 1 o 0"),
    "enum": N_("no es una de las opciones"),
    "literal_error": N_("no es una de las opciones"),
}


NOT_VALID = N_("no es válido")


async def on_http_exception(request: Request, error: HTTPException) -> Response:
    """404, 405 and what else the router refuses."""
    return respond(request, error.status_code, headers=dict(error.headers or {}))


async def on_invalid_parameters(request: Request, error: RequestValidationError) -> Response:
    """Parameters of the wrong type or out of range: 400."""
    fields = wrong_fields(error.errors())
    detail = "; ".join(f"{quoted(field.parameter)} {field.detail}" for field in fields) + "."
    return respond(request, 400, detail, fields)


def wrong_fields(errors: Sequence[Mapping[str, Any]]) -> list[ProblemField]:
    """Each parameter that pydantic refuses, and why."""
    return [
        ProblemField(
            # Also of one of several values: «ods» in `("query", "ods", 0)`.
            parameter=next(part for part in reversed(item["loc"]) if isinstance(part, str)),
            detail=_(REASONS.get(item["type"], NOT_VALID)),
        )
        for item in errors
    ]


async def on_query_error(request: Request, error: QueryError) -> Response:
    """A query that cannot be searched: 400."""
    return respond(request, 400, str(error))


async def on_service_error(request: Request, error: ServiceError) -> Response:
    """Not found, not ready, overloaded …, with `Retry-After` where waiting helps, and with how to
    show a key where one is needed."""
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = CHALLENGES[wants_page(request)]
    return respond(request, error.status, str(error), headers=headers)


async def on_rules_refused(request: Request, error: RulesRefused) -> Response:
    """Rules that are wrong or that somebody else has changed."""
    status = HTTPStatus.PRECONDITION_FAILED if isinstance(error, RulesChanged) else 409
    return respond(request, status, f"{str(error)[:1].upper()}{str(error)[1:]}.")


async def on_unusable(request: Request, error: IndexUnusable | ModelError) -> Response:
    """The index or the model broke while serving: 503. Its message names places on the server,
    so it goes to the log only."""
    logger.error("unusable while serving: %s", error)
    detail = _("El índice o el modelo no se puede leer. Avise a quien administra este servicio.")
    return respond(request, 503, detail)


def respond(
    request: Request,
    status: int,
    detail: str | None = None,
    fields: list[ProblemField] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """The problem as a page where the client asks for one, and as problem JSON otherwise."""
    # Other statuses may come from the framework: they are explained like the nearest of ours.
    kind, title, usual = KINDS.get(status, KINDS[500 if status >= 500 else 400])
    searching = status >= 500 and request.url.path in SEARCH_PATHS
    detail = detail or _(usual)
    problem = Problem(
        type=f"urn:acervo:problema:{kind}",
        title=_(NOT_SEARCHED) if searching else _(title),
        status=status,
        detail=f"{detail} {_(SAYS_NOTHING)}" if searching else detail,
        instance=request.url.path,  # without the query, which should not end up in bug reports
        errors=fields or [],
    )
    if wants_page(request):
        # In words, with the query still in the box.
        text = request.query_params.get("q", "")
        again = in_language(language()) if status >= 500 else None
        page = render("problema.html", {"problem": problem, "text": text, "again": again})
        return HTMLResponse(page, status, headers)
    # An empty `errors` would tell clients to look for a parameter where none is wrong.
    content = problem.model_dump(exclude={"errors"} if not problem.errors else None)
    return JSONResponse(content, status, headers, media_type=PROBLEM_MEDIA_TYPE)


def wants_page(request: Request) -> bool:
    """Whether a person with a browser is waiting (programs and the API get JSON)."""
    # Somebody may open an address of the API in a browser, which asks for HTML: it stays JSON.
    if request.url.path.startswith("/api/"):
        return False
    return "text/html" in request.headers.get("accept", "")


HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    HTTPException: on_http_exception,
    RequestValidationError: on_invalid_parameters,
    QueryError: on_query_error,
    ServiceError: on_service_error,
    RulesRefused: on_rules_refused,
    IndexUnusable: on_unusable,
    ModelError: on_unusable,
}
"""Every error becomes a problem."""
