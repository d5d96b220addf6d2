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
    """`acervo keys`."""
    _add_keys(commands, common)


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
