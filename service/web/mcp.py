"""Defines the tools that agents can call: their arguments, their answers and their descriptions."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from search.engine import FILTERS, DocumentPart
from search.results import Query
from search.searcher import Searcher
from service.links import document_url
from service.usage.log import Channel, QueryLog
from service.web.document_routes import find_page, read_document
from service.web.document_schemas import DocumentModel
from service.web.schemas import (
    LONGEST_QUERY,
    MOST_HITS,
    SearchResponse,
    VerifyResponse,
    checked,
)

# Places of a quote told to an agent: each of them costs it tokens, and one is proof enough.
MOST_PLACES = 50

INSTRUCTIONS = (
    "Acervo busca en materiales de capacitación sobre gobernanza de los ODS. Use «search» para "
    "encontrar pasajes y una respuesta con citas, «document» para leer la página citada y "
    "«verify» para comprobar una cita palabra por palabra antes de usarla. Si «answer.status» es "
    "«not_found», el acervo no contiene la respuesta: dígalo y no la invente."
)


class OutlineModel(BaseModel):
    """A page and the sections that begin on it."""

    number: int
    label: str | None
    sections: list[str]


class StoredPageModel(BaseModel):
    """The stored text of a page, which every quote is checked against."""

    number: int
    text: str
    url: str


class DocumentAnswer(BaseModel):
    """A document, the outline of its pages and, when asked for, the text of one."""

    document: DocumentModel
    outline: list[OutlineModel]
    page: StoredPageModel | None


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What calls are answered from, and where it is noted what agents search."""

    searcher: Searcher
    log: QueryLog


class Call(BaseModel):
    """The arguments of one call, which its tool checks before anything is done."""

    # A model that invents an argument is told so; ignored, it would believe that it was obeyed.
    model_config = ConfigDict(extra="forbid")

    def answer(self, context: ToolContext) -> BaseModel:
        """The answer; raises `AcervoError`."""
        raise NotImplementedError


class SearchCall(Call):
    """What `search` takes."""

    text: str = Field(
        description="Pregunta o tema, con las palabras de quien pregunta y en cualquier idioma; "
        f"hasta {LONGEST_QUERY} caracteres"
    )
    k: int = Field(default=10, ge=1, le=MOST_HITS, description="Pasajes que se quieren")
    filters: dict[str, list[str]] = Field(
        default={},
        description="Limita los pasajes: nombre del filtro → valores, de los que vale cualquiera. "
        "Los valores que hay están en «facets» de un resultado",
        # The keys of a dictionary have no place in its type, so the schema is told them by hand.
        json_schema_extra={"propertyNames": {"enum": list[JsonValue](FILTERS)}},
    )

    def answer(self, context: ToolContext) -> SearchResponse:
        """The object of `/api/v1/search`."""
        filters = {name: tuple(values) for name, values in self.filters.items()}
        result = context.searcher.search(checked(Query(self.text, self.k, filters=filters)))
        qid = context.log.record(result, Channel.AGENT)
        return SearchResponse.from_result(result, context.searcher.info, qid)


class DocumentCall(Call):
    """What `document` takes."""

    id: str = Field(description="Identificador: «document_id» de un pasaje o de una cita")
    page: int | None = Field(
        default=None,
        ge=1,
        description="Página o diapositiva cuyo texto se quiere; 1 en un formato sin páginas. "
        "Sin ella, solo la ficha y el esquema",
    )

    def answer(self, context: ToolContext) -> DocumentAnswer:
        """What is known of a document; raises `NotFound`."""
        parts = DocumentPart.PAGES, DocumentPart.PASSAGES
        content = read_document(context.searcher, self.id, *parts)
        found = content.document
        page = find_page(content, self.page) if self.page else None
        # A section that goes on over several pages is listed where it begins.
        first_pages: dict[str, int] = {}
        for passage in content.passages:
            if passage.section and passage.extents:
                first_pages.setdefault(" › ".join(passage.section), passage.extents[0].page)
        outline = [
            {
                "number": one.number,
                "label": one.label,
                "sections": [name for name, number in first_pages.items() if number == one.number],
            }
            for one in content.pages
        ]
        # Formats without pages store their whole text as page 1, which their address does not name.
        stored = page and {
            "number": page.number,
            "text": page.text,
            "url": document_url(found.id, page.number if found.paged else None),
        }
        return DocumentAnswer.model_validate(
            {"document": found, "outline": outline, "page": stored}
        )


class VerifyCall(Call):
    """What `verify` takes."""

    quote: str = Field(max_length=5_000, description="La cita, tal como se quiere publicar")

    def answer(self, context: ToolContext) -> VerifyResponse:
        """Whether a quote is literally there, and the first places where it is."""
        matches = context.searcher.verify(self.quote)
        more = len(matches) > MOST_PLACES
        return VerifyResponse.model_validate(
            {"found": bool(matches), "matches": matches[:MOST_PLACES], "truncated": more}
        )


@dataclass(frozen=True, slots=True)
class AgentTool:
    """Something that an agent can ask for."""

    name: str
    title: str
    description: str
    call: type[Call]
    result: type[BaseModel]


TOOLS = (
    AgentTool(
        "search",
        "Buscar en el acervo",
        "Busca pasajes en los materiales y, si el acervo la contiene, da una respuesta hecha solo "
        "con citas literales, cada una con su documento y su página. Con «not_found» no hay "
        "respuesta y los pasajes son lo más cercano.",
        SearchCall,
        SearchResponse,
    ),
    AgentTool(
        "document",
        "Leer un documento",
        "Da la ficha de un documento (título, tipo, fecha, licencia…), el esquema de sus páginas "
        "y, si se pide una, su texto guardado.",
        DocumentCall,
        DocumentAnswer,
    ),
    AgentTool(
        "verify",
        "Comprobar una cita",
        "Dice si un texto está literalmente en alguna página guardada y dónde; solo los espacios "
        "se igualan.",
        VerifyCall,
        VerifyResponse,
    ),
)
