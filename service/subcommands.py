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
