"""Runs `acervo serve` and `acervo model …`."""

import shutil
import socket
from argparse import Namespace
from contextlib import closing
from pathlib import Path

from search.embedding.encoder import read_card, verify_model
from search.errors import AcervoError, ModelError
from service.cli.console import err, out, write_json
from service.settings import Settings


def serve(options: Namespace, settings: Settings) -> None:
    """Serve until interrupted. Index and model must be there before the address is announced."""
    import uvicorn  # here, since `acervo model` would wait for the server and all its libraries

    from service.web.app import create_app

    given = {name: getattr(options, name) for name in ("index", "model", "host", "port")}
    chosen = settings.model_copy(update=given)
    _check_address(chosen.host, chosen.port)
    _check_parts(chosen)
    err.print(f"Acervo escucha en [bold]http://{chosen.host}:{chosen.port}/[/] (Ctrl+C termina)")
    uvicorn.run(
        create_app(chosen),
        host=chosen.host,
        port=chosen.port,
        log_level="warning",
        access_log=False,  # it would write what people ask
        timeout_graceful_shutdown=20,  # as long as a request may take
        server_header=False,
    )


def _check_address(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As uvicorn does: else an address is taken for minutes after a server has ended.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AcervoError(
                f"no se puede escuchar en {host}:{port} ({error.strerror}): elija otro --port"
            ) from error


def _check_parts(settings: Settings) -> None:
    """Whether the index can be opened with the model, without loading the model twice."""
    from search.embedding.encoder import SERVED, is_built
    from search.index import open_engine
    from search.searcher import check_model

    with closing(open_engine(settings.index)) as engine:
        info = engine.collection().info
    if is_built(settings.model):
        check_model(info, verify_model(Path(settings.model), SERVED).name)


def build_model(options: Namespace, settings: Settings) -> None:
    """Build the model unless it stands there whole."""
    from search.embedding.build import build_model as build

    folder = Path(options.model)
    try:
        intact = not options.force and verify_model(folder).vocabulary == options.vocabulary
    except ModelError:
        intact = False
    if intact:
        err.print(f"El modelo de «{folder}» ya está construido y sus sumas son correctas.")
    else:
        build(folder, vocabulary=options.vocabulary, report=err.print)
    model_info(options, settings)


def model_info(options: Namespace, settings: Settings) -> None:  # noqa: ARG001 (all commands take both)
    """Describe the model of a folder."""
    card = read_card(Path(options.model))
    if options.json:
        write_json(card)
        return
    # All files are needed to build or check, only one of them to serve.
    size = sum(file.size for file in card.files)
    served = next(file for file in card.files if file.path.endswith("model.onnx"))
    out.print(f"[bold]{card.name}[/]  ({options.model})")
    out.print(f"  dimensión {card.dimension} · hasta {card.max_tokens} piezas por texto")
    out.print(f"  vocabulario {card.vocabulary}: {card.pieces:,} piezas".replace(",", "\u202f"))
    out.print(f"  {size / 1e6:.0f} MB en total; {served.size / 1e6:.0f} MB al servir")
    out.print(f"  SHA-256 de {served.path}: {served.sha256}")
    out.print(f"  licencia {card.licence} · origen: {card.source}")
    out.print(f"  {card.note}", width=shutil.get_terminal_size().columns)
