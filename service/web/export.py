"""Writes the hits of a search as a table: CSV that spreadsheets open safely, or JSON."""

import csv
import re
from io import StringIO

from pydantic import BaseModel, Field

from search.results import IndexInfo, Result
from search.text.vocabulary import fold
from service.labels import BYTE_ORDER_MARK, spreadsheet_cell
from service.publish.citations import Cited, united_nations
from service.web.schemas import IndexModel, hit_model

_LONGEST_NAME = 60


class ExportRow(BaseModel):
    """One passage with where it stands and how to cite it."""

    rank: int
    score: float
    title: str
    file: str
    document_type: str
    language: str
    section: str = Field(description="Apartados, de fuera adentro, separados por « › »")
    page: int | None
    text: str
    ods: str = Field(description="Metas u objetivos separados por «; »")
    url: str = Field(description="Dirección completa del pasaje; vacía si no se conoce")
    citation: str = Field(description="La cita en el estilo de las Naciones Unidas")


class ExportResponse(BaseModel):
    """What was asked, of which index, and the passages found."""

    query: str
    filters: dict[str, list[str]]
    total: int
    index: IndexModel
    rows: list[ExportRow]

    @classmethod
    def from_result(cls, result: Result, info: IndexInfo, origin: str) -> "ExportResponse":
        """`origin` is the public address of the service; without one the rows lead to where the
        documents were published."""
        rows = []
        for hit in result.hits:
            model = hit_model(hit, result.language)
            # The command line may not know the public address.
            url = f"{origin}{model.url}" if origin else hit.document.source_url or ""
            rows.append(
                {
                    **model.model_dump(),
                    "section": " › ".join(model.section),
                    # `16.6`, or `16` where only the goal is known.
                    "ods": "; ".join(tag.target or str(tag.goal) for tag in model.ods),
                    "url": url,
                    "citation": united_nations(Cited(hit.document, hit.page, url=url)),
                }
            )
        return cls.model_validate(
            {
                "query": result.query.text,
                "filters": result.query.filters,
                "total": result.total,
                "index": info,
                "rows": rows,
            }
        )


def csv_text(response: ExportResponse) -> str:
    """The rows after RFC 4180, with a byte order mark; a cell that a spreadsheet would take for
    a formula begins with an apostrophe."""
    written = StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(ExportRow.model_fields)
    for row in response.rows:
        writer.writerow(map(spreadsheet_cell, row.model_dump().values()))
    return BYTE_ORDER_MARK + written.getvalue()


def file_name(text: str, extension: str) -> str:
    """`acervo-gobernanza-eficaz.csv`, in letters that every system can store."""
    words = re.sub(r"[^a-z0-9]+", "-", fold(text).replace("ñ", "n")).strip("-")
    if len(words) > _LONGEST_NAME:
        # Cut behind a whole word where there is one.
        words = words[: _LONGEST_NAME + 1].rpartition("-")[0] or words[:_LONGEST_NAME]
    return f"acervo-{words or 'resultados'}.{extension}"
