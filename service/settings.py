"""Reads the settings from environment variables (`ACERVO_…`), once, into one frozen object."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

# What comes with the program: links into `corpus/` in a checkout, files in an installed wheel.
DATA = Path(__file__).resolve().parent / "data"


class Settings(BaseSettings):
    """What an operator may choose; every field can be set as `ACERVO_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="ACERVO_", frozen=True, extra="ignore")

    index: Path = Path("data/index")
    """The folder of the index."""
    model: str = "data/model"
    """The folder of the embedding model, or the name of one that sentence-transformers knows."""
    evaluations: Path = Path("data/evaluations")
    """Where `acervo evaluate` keeps the indexes of evaluation collections."""
    acronyms: Path = DATA / "siglas.toml"
    """Acronyms and equivalents of the field, for every collection that is ingested."""
    judged: Path = DATA / "consultas.jsonl"
    """Judged questions by which editorial rules are measured before they are published."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    base_url: str = ""
    """The public address without a final slash, for OpenAPI clients; empty: the same host."""
    contact: str = Field(default="acervo@localhost.invalid", pattern=r"^\S+@(\S+\.)+\S+$")
    """Whom harvesters may write to: OAI-PMH asks every repository for an address."""
    workers: int = Field(default=2, ge=1)
    """Threads that search; one a core is best."""
    search_seconds: float = Field(default=20.0, gt=0)
    """How long a request may take, its wait for a thread included, before it is given up."""
    queue_size: int = Field(default=32, ge=0)
    """Searches that may wait for a thread before others are turned away with 503."""
    preview_workers: int = Field(default=1, ge=1)
    """Threads that have pages drawn as images; each keeps one core busy while it does."""
    model_threads: int = Field(default=1, ge=1)
    """Threads inside one forward pass of the model."""
    query_log: bool = True
    """Whether to keep, without who asked, what is searched, for the report of what people do not
    find (0 switches it off)."""
    reload_seconds: float = Field(default=2.0, gt=0)
    """How often to look for a newer generation of the index."""
