"""Runs `acervo mcp`: answers agents over the Model Context Protocol on stdin and stdout."""

import asyncio
import logging
from argparse import Namespace
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import JsonSchemaMode

from search.errors import AcervoError
from service.errors import NotReady
from service.settings import Settings
from service.usage.log import QueryLog
from service.web.mcp import INSTRUCTIONS, TOOLS, AgentTool, ToolContext
from service.web.problems import wrong_fields
from service.web.serving import CurrentSearcher, IndexReloader, Workers, stop


def serve_agents(options: Namespace, settings: Settings) -> None:
    """Answer until stdin ends. Index and model must be there before; newer generations of the
    index take over as they appear. Nothing but the protocol is written to stdout."""
    current_searcher = CurrentSearcher()
    reloader = IndexReloader(current_searcher, options.index, options.model, settings.model_threads)
    # Before the protocol begins, so that without an index the command ends with the cause and does
    # not fail each call instead. It ends with it: the log need not say it too.
    log = logging.getLogger(IndexReloader.__module__)
    log.disabled = True
    reloader.refresh()
    log.disabled = False
    if current_searcher.info is None:
        raise NotReady(current_searcher.problem)
    workers = Workers(settings.workers, settings.queue_size)
    agents = Agents(workers, current_searcher, QueryLog(options.index, settings.query_log))
    asyncio.run(_serve(agents, reloader, settings.reload_seconds))


async def _serve(agents: "Agents", reloader: IndexReloader, seconds: float) -> None:
    server: Server[object] = Server(
        "acervo",
        version=version("acervo-ods"),
        title="Acervo",
        instructions=INSTRUCTIONS,
        on_list_tools=agents.list_tools,
        on_call_tool=agents.call_tool,
    )
    await asyncio.to_thread(agents.log.start)
    watching = asyncio.create_task(reloader.watch(seconds))
    try:
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())
    finally:
        await stop(watching)
        await asyncio.to_thread(agents.workers.close)
        await asyncio.to_thread(agents.log.close)
        agents.current_searcher.swap(None)


@dataclass(frozen=True, slots=True)
class Agents:
    """Answers the calls of agents with the index that is open."""

    workers: Workers
    current_searcher: CurrentSearcher
    log: QueryLog

    async def list_tools(
        self,
        _context: ServerRequestContext[object],
        _asked: PaginatedRequestParams | None,
    ) -> ListToolsResult:
        """All tools on one page."""
        return ListToolsResult(tools=[_described(tool) for tool in TOOLS])

    async def call_tool(
        self, _context: ServerRequestContext[object], asked: CallToolRequestParams
    ) -> CallToolResult:
        """The answer as an object and as compact JSON text; what went wrong in Spanish, for the
        model to read and put right."""
        tool = next((tool for tool in TOOLS if tool.name == asked.name), None)
        if tool is None:
            # The protocol knows two kinds of errors: this one is the client's. What a model can put
            # right itself is an ordinary result with `is_error`, since clients show it that.
            raise MCPError(INVALID_PARAMS, f"No hay ninguna herramienta «{asked.name}».")
        try:
            call = tool.call.model_validate(asked.arguments or {})
            answer = await self.workers.run(
                lambda: self.current_searcher.use(
                    lambda searcher: call.answer(ToolContext(searcher, self.log))
                )
            )
        except ValidationError as error:
            fields = wrong_fields(error.errors())
            return _refusal("; ".join(f"«{f.parameter}» {f.detail}" for f in fields) + ".")
        except AcervoError as error:
            return _refusal(str(error))
        # Both: clients that know nothing of structured content show the text to their model.
        text = TextContent(type="text", text=answer.model_dump_json())
        return CallToolResult(content=[text], structured_content=answer.model_dump(mode="json"))


def _described(tool: AgentTool) -> Tool:
    return Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=_schema(tool.call, "validation"),
        output_schema=_schema(tool.result, "serialization"),
        annotations=ToolAnnotations(
            title=tool.title, read_only_hint=True, idempotent_hint=True, open_world_hint=False
        ),
    )


def _schema(model: type[BaseModel], mode: JsonSchemaMode) -> dict[str, Any]:
    """Without the name and the docstring of the class, which speak to developers."""
    schema = model.model_json_schema(mode=mode)
    return {name: part for name, part in schema.items() if name not in ("title", "description")}


def _refusal(text: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)
