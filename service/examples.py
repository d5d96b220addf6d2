"""One search as it looks in the API's description."""

from pydantic.config import JsonDict

SEARCH_EXAMPLE: JsonDict = {
    "query": {
        "text": "¿a qué hora es el Tema 2?",
        "language": "es",
        "corrected": None,
        "expansions": [],
        "filters": {},
    },
    "total": 1,
    "took_ms": 9.1,
    "index": {
        "generation": 7,
        "documents": 31,
        "passages": 2210,
        "model": "multilingual-e5-small/int8",
    },
    "answer": {
        "status": "found",
        "kind": "schedule",
        "text": "10:40–11:00 (20 minutos)",
        "citations": [
            {
                "document_id": "nota-conceptual",
                "passage_id": "3f2a",
                "title": "Nota conceptual y agenda",
                "file": "nota.pdf",
                "language": "es",
                "original": None,
                "page": 5,
                "quote": "10:40-11:00 (20 minutos)",
                "start": 120,
                "end": 144,
                "url": "/documentos/nota-conceptual?pagina=5#p-3f2a",
            }
        ],
        "notices": [],
        "confidence": 0.93,
        "subject": "",
    },
    "hits": [
        {
            "rank": 1,
            "score": 0.83,
            "passage_id": "3f2a",
            "document_id": "nota-conceptual",
            "title": "Nota conceptual y agenda",
            "file": "nota.pdf",
            "document_type": "concept_note",
            "document_type_label": "Nota conceptual",
            "module": None,
            "language": "es",
            "original": None,
            "section": ["Agenda provisional"],
            "page": 5,
            "text": "10:40-11:00 (20 minutos) Tema 2: ¿Por qué cambiar la mentalidad?",
            "marks": [[25, 31]],
            "ods": [],
            "more": 0,
            "versions": [],
            "why": {"lexical": 0.71, "dense": 0.88, "late": 0.9},
            "explanation": None,
            "pinned": False,
            "pinned_label": None,
            "url": "/documentos/nota-conceptual?pagina=5#p-3f2a",
        }
    ],
    "facets": {
        "document_type": [{"value": "concept_note", "label": "Nota conceptual", "count": 1}]
    },
    "did_you_mean": None,
    "senses": [],
    "broaden": [],
    "qid": None,
}
