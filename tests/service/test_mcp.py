"""Agents over a real pipe: the tools, what they answer, their errors, and newer generations."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from command_line import acervo
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult, TextContent
from places import ROOT

from search.engine import FILTERS

T = TypeVar("T")

PATIENCE = 60.0
SENTENCE = "La asamblea aprobó el presupuesto participativo en marzo."
NEWS = "La cooperativa de recicladoras recoge vidrio los martes."
CLIENT = {"name": "prueba", "version": "1"}
ASKED = {"name": "verify", "arguments": {"quote": SENTENCE}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("agentes") / "materiales"
    folder.mkdir()
    (folder / "acta.md").write_text(f"# Acta\n\n## Acuerdos\n\n{SENTENCE}\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def places(folder: Path, model_folder: Path) -> tuple[str, ...]:
    places = ("--index", str(folder.parent / "indice"), "--model", str(model_folder))
    assert acervo("ingest", folder, *places).status == 0
    return places


def talk(places: tuple[str, ...], talking: Callable[[Client], Awaitable[T]]) -> T:
    """Start `acervo mcp`, let a client talk with it, and end it."""
    command = ["-m", "service.cli", "mcp", *places]
    server = StdioServerParameters(command=sys.executable, args=command, cwd=ROOT)

    async def meet() -> T:
        async with Client(server, read_timeout_seconds=PATIENCE) as client:
            return await talking(client)

    return asyncio.run(meet())


def said(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def test_an_agent_sees_what_it_can_ask_for(places: tuple[str, ...]) -> None:
    async def talking(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert list(tools) == ["search", "document", "verify"]
        for tool in tools.values():
            assert tool.title
            assert tool.description
            assert tool.output_schema is not None
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint is True
            assert tool.annotations.open_world_hint is False
        asked = tools["search"].input_schema
        assert asked["required"] == ["text"]
        assert asked["additionalProperties"] is False
        assert asked["properties"]["filters"]["propertyNames"] == {"enum": list(FILTERS)}
        assert "no la invente" in (client.instructions or "")

    talk(places, talking)


def test_an_agent_gets_what_the_api_and_the_command_line_give(places: tuple[str, ...]) -> None:
    async def talking(client: Client) -> None:
        arguments = {"text": "presupuesto participativo", "k": 3, "filters": {"language": ["es"]}}
        result = await client.call_tool("search", arguments)
        found = result.structured_content
        assert json.loads(said(result)) == found
        assert said(result).startswith('{"query":{"text":"presupuesto participativo",')
        command = ["search", "presupuesto participativo", "-k", "3", "--filter=language=es"]
        printed = acervo(*command, "--json", *places).json
        assert found.pop("took_ms") > 0
        assert printed.pop("took_ms") > 0
        assert (len(found.pop("qid")) > 0, printed.pop("qid")) == (True, None)
        assert found == printed

        result = await client.call_tool("document", {"id": "acta-md"})
        assert result.structured_content["document"]["title"] == "Acta"
        assert result.structured_content["outline"] == [
            {"number": 1, "label": None, "sections": ["Acuerdos"]}
        ]
        assert result.structured_content["page"] is None
        page = (await client.call_tool("document", {"id": "acta-md", "page": 1})).structured_content
        assert page["page"]["url"] == "/documentos/acta-md"
        assert SENTENCE in page["page"]["text"]

        found = (await client.call_tool("verify", {"quote": SENTENCE})).structured_content
        assert (found["found"], found["truncated"]) == (True, False)
        (match,) = found["matches"]
        assert page["page"]["text"][match["start"] : match["end"]] == SENTENCE
        found = (await client.call_tool("verify", {"quote": "en abril"})).structured_content
        assert found == {"found": False, "matches": [], "truncated": False}

    talk(places, talking)


def test_what_goes_wrong_is_told_in_spanish(places: tuple[str, ...]) -> None:
    async def talking(client: Client) -> None:
        for name, arguments, text in (
            ("search", {"text": "  "}, "La consulta está vacía: escriba una pregunta o un tema."),
            ("search", {}, "«text» falta."),
            ("search", {"text": "ods", "k": 51}, "«k» es demasiado grande."),
            ("search", {"text": "ods", "color": 1}, "«color» parámetro desconocido."),
            (
                "search",
                {"text": "ods", "filters": {"color": ["rojo"]}},
                f"no hay ningún filtro «color»: use {', '.join(FILTERS)}",
            ),
            ("document", {"id": "nada"}, "No hay ningún documento «nada» en el acervo."),
            ("document", {"id": "acta-md", "page": 7}, "«Acta» no tiene página 7."),
            ("verify", {"quote": " "}, "escriba el texto que quiere comprobar"),
        ):
            result = await client.call_tool(name, arguments)
            assert (result.is_error, said(result)) == (True, text)
        with pytest.raises(MCPError, match="No hay ninguna herramienta «borrar»"):
            await client.call_tool("borrar", {})

    talk(places, talking)


def test_a_newer_generation_answers_without_a_restart(
    folder: Path, places: tuple[str, ...]
) -> None:
    async def talking(client: Client) -> None:
        assert (await client.call_tool("document", {"id": "aviso-md"})).is_error
        (folder / "aviso.md").write_text(f"# Aviso\n\n{NEWS}\n", encoding="utf-8")
        ingest = await asyncio.to_thread(acervo, "ingest", folder, *places)
        assert ingest.status == 0
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            found = await client.call_tool("verify", {"quote": NEWS})
            if found.structured_content["found"]:
                return
            await asyncio.sleep(0.2)
        pytest.fail("the newer generation never answered")

    talk(places, talking)


def test_only_the_protocol_is_written_to_stdout(places: tuple[str, ...]) -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": CLIENT}
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": ASKED},
    ]
    command = [sys.executable, "-m", "service.cli", "mcp", *places]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write("".join(f"{json.dumps(line)}\n" for line in lines))
        server.stdin.flush()
        answers = [json.loads(server.stdout.readline()) for _ in range(2)]
        server.stdin.close()
        assert server.stdout.read() == ""
        assert server.wait(PATIENCE) == 0
    assert [answer["id"] for answer in answers] == [1, 2]
    assert answers[1]["result"]["structuredContent"]["found"] is True


def test_without_an_index_the_command_says_so_once(tmp_path: Path, model_folder: Path) -> None:
    places = ["--index", tmp_path / "nada", "--model", model_folder]
    ran = acervo("mcp", *places)
    assert (ran.status, ran.out) == (2, "")
    assert str(tmp_path / "nada") in ran.err
    command = [sys.executable, "-m", "service.cli", "mcp", *map(str, places)]
    alone = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (alone.returncode, alone.stdout, alone.stderr) == (2, "", ran.err)
