"""What editors may order on the command line → subcommands of the parser."""

import argparse
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add(
    commands: Commands, name: str, place: str, text: str, common: argparse.ArgumentParser
) -> argparse.ArgumentParser:
    """A command served by `place`, written `module.function`."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text, parents=[common]
    )
    module, _, function = place.partition(".")
    parser.set_defaults(module=module, function=function)
    return parser


def add_editorial(commands: Commands, common: argparse.ArgumentParser) -> None:
    """`acervo keys` and `acervo rules`."""
    _add_keys(commands, common)
    _add_rules(commands, common)


def _actions(commands: Commands, name: str, text: str) -> Commands:
    parser = commands.add_parser(name, help=text, description=text)
    return parser.add_subparsers(title="órdenes", metavar="ORDEN", required=True)


def _add_keys(commands: Commands, common: argparse.ArgumentParser) -> None:
    actions = _actions(commands, "keys", "claves del equipo editorial")
    create = add(actions, "create", "keys.create", "crea una clave y la muestra una vez", common)
    create.add_argument("name", metavar="NOMBRE", help="de quién es")
    add(actions, "list", "keys.listing", "qué claves hay", common)
    revoke = add(actions, "revoke", "keys.revoke", "retira una clave", common)
    revoke.add_argument("name", metavar="NOMBRE", help="de quién es")


def add_gaps(commands: Commands, common: argparse.ArgumentParser) -> None:
    """`acervo gaps`."""
    text = "qué se pregunta y no se encuentra, sin decir quién pregunta"
    gaps = add(commands, "gaps", "gaps.gaps", text, common)
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


def _days(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 366:
        raise ValueError(text)
    return number


def _add_rules(commands: Commands, common: argparse.ArgumentParser) -> None:
    text = "reglas editoriales: qué va primero, qué no sale, qué significa lo mismo"
    actions = _actions(commands, "rules", text)
    add(actions, "show", "rules.show", "las reglas en uso", common)
    text = "qué errores tiene un archivo de reglas y qué haría a las consultas juzgadas"
    check = add(actions, "check", "rules.check", text, common)
    text = "pone en uso un archivo de reglas; el anterior se guarda"
    publish = add(actions, "publish", "rules.publish", text, common)
    for parser in (check, publish):
        parser.add_argument("file", type=Path, metavar="ARCHIVO", help="reglas, en TOML")
        parser.add_argument(
            "--judged", type=Path, metavar="JSONL", help="consultas juzgadas (ACERVO_JUDGED)"
        )
    publish.add_argument(
        "--force", action="store_true", help="aunque algún tipo de consulta baje demasiado"
    )
    add(actions, "undo", "rules.undo", "vuelve a las reglas anteriores", common)
