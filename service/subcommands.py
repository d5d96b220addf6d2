"""What editors may order on the command line → subcommands of the parser."""

import argparse
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
