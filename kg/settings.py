"""Every setting of the service, each an environment variable that starts with `KG_`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kg.errors import BadSetting

PREFIX = "KG_"
TEST_VARIABLES = frozenset({"KG_STANDARDS", "KG_FACTS", "KG_RECONCILIATION_SPECS"})


class Settings(BaseSettings):
    """What an operator may choose; the defaults serve one machine without any set-up."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    var: Path = Field(Path("var"), description="Folder of everything that is built: store, index, journal, dumps.")
    data: Path | None = Field(None, description="Folder of the sources' tables; the packaged data without it.")
    store: str = Field("", description="Address of a SPARQL 1.1 engine; empty for the embedded store in `var`.")
    store_replicas: tuple[str, ...] = Field((), description="Further query addresses of that engine, asked in turn, a JSON list.")
    store_update: str = Field("", description="Where that engine takes SPARQL Update; beside the query address without it.")
    store_graphs: str = Field("", description="Where that engine speaks the Graph Store Protocol; beside the query address without it.")
    base: str = Field("", description="Public address of the service, path prefix allowed; host and port without it.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on.")
    journal: str = Field("", description="SQLAlchemy address of the journal; empty for SQLite in `var`.")
    sparql_workers: int = Field(2, ge=1, le=64, description="Processes that answer public queries.")
    sparql_seconds: float = Field(10.0, gt=0, description="Deadline of a public query, seconds.")
    sparql_memory: int = Field(1024, ge=128, description="Memory of one query process, MiB.")
    sparql_rows: int = Field(1_000_000, ge=1, description="Rows or triples of one answer at most.")
    sparql_bytes: int = Field(256, ge=1, description="Size of one answer at most, MiB.")
    sparql_queue: int = Field(32, ge=1, description="Queries that may wait at once.")
    services: tuple[str, ...] = Field((), description="Addresses that SERVICE may call, a JSON list.")
    harvest_private: tuple[str, ...] = Field((), description=
                                             "Starts of addresses in a private network that `kg harvest` may call, a JSON list.")
    posts: int = Field(60, ge=0, description="Contributions, checks and reviews a minute by one key or address; 0 for no limit.")
    log: bool = Field(False, description="Whether each request is written as a line of JSON on standard error, without personal data.")
    trust_proxy: bool = Field(False, description="Whether X-Forwarded-For of the proxy in front is believed.")
    reviewer_key: str = Field("", description="A first key with the role of reviewer; more by `kg key add`.")
    signing_key: Path | None = Field(None, description="PEM file of the Ed25519 key that signs the manifest of each release.")

    @field_validator("store", "store_update", "store_graphs", "store_replicas")
    @classmethod
    def _check_addresses(cls, given: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for address in (given,) if isinstance(given, str) else given:
            if address and not is_address(address):
                raise ValueError(f"{address[:80]!r} is no address such as http://127.0.0.1:7878/query")
        return given

    @property
    def public_base(self) -> str:
        """The public address with one slash at its end."""
        return (self.base or f"http://{self.host}:{self.port}").rstrip("/") + "/"


def is_address(text: str) -> bool:
    """Whether a text is an absolute http or https address with a host."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not re.search(r"\s", text)
    except ValueError:
        return False


def read_settings(environment: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Read the settings from the environment; raises BadSetting that names an unknown or wrong one."""
    names = os.environ if environment is None else environment
    known = {PREFIX + name.upper() for name in Settings.model_fields} | TEST_VARIABLES
    unknown = sorted(name for name in names if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise BadSetting(f"the setting {unknown[0]} is not known.", where="environment",
                         advice=f"Known ones are {', '.join(sorted(known - TEST_VARIABLES))}.")
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper() if first["loc"] else "a setting"
        raise BadSetting(f"{name}: {first['msg'].removeprefix('Value error, ')}.", where="environment",
                         advice="The section Settings of the README says what each one takes.") from error
