"""`acervo keys create`, `list` and `revoke`."""

from argparse import Namespace
from dataclasses import asdict

from rich.table import Table
from rich.text import Text

from service.commands.console import err, out, write_json
from service.records.keys import create_key, list_keys, revoke_key
from service.settings import Settings


def create(options: Namespace, settings: Settings) -> int:  # noqa: ARG001
    """Make a key and show it, alone on stdout so that it can be piped into a secret store."""
    token = create_key(options.index, options.name)
    if options.json:
        write_json({"name": options.name, "key": token})
        return 0
    err.print(Text(f"Clave de «{options.name}». Guárdela ahora: no se volverá a mostrar."))
    out.print(Text(token))
    return 0


def listing(options: Namespace, settings: Settings) -> int:  # noqa: ARG001
    """Names and dates; the keys themselves are known to their holders only."""
    keys = list_keys(options.index)
    if options.json:
        write_json({"keys": [asdict(key) for key in keys]})
    elif not keys:
        out.print("No hay ninguna clave: cree una con «acervo keys create NOMBRE».")
    else:
        table = Table("nombre", "creada", box=None)
        for key in keys:
            table.add_row(Text(key.name), key.created)
        out.print(table)
    return 0


def revoke(options: Namespace, settings: Settings) -> int:  # noqa: ARG001
    """Take a key back."""
    revoke_key(options.index, options.name)
    if options.json:
        write_json({"revoked": options.name})
    else:
        out.print(Text(f"Clave de «{options.name}» retirada."))
    return 0
