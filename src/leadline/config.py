"""Configuration: one frozen object, from flags, environment, leadline.toml and defaults.

Precedence falls in that order. Environment names are `LEADLINE_<SECTION>__<NAME>`.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from leadline.errors import OperatorError
from leadline.model.rules import Limits, Rules, Section


class Export(Section):
    """How rows are given back."""

    escape_formulas: bool = Field(
        False, description="Put ' before cells of failure and warning files that a spreadsheet would compute"
    )


class Access(Section):
    """How callers prove who they are."""

    token_parameter: Literal["accept", "refuse"] = Field(
        "accept", description="Access token in query or form"
    )


class Server(Section):
    """The HTTP server."""

    metrics: bool = Field(True, description="Serve Prometheus text at /metrics")
    connections_max: int = Field(4000, ge=1, description="Connections at once; fewer when files are scarce")
    connections_per_address_max: int = Field(2000, ge=1, description="Connections at once from one address")
    head_seconds: float = Field(10.0, gt=0, description="Time for a request's head to come, seconds")
    body_seconds: float = Field(300.0, gt=0, description="Time for a request's body to come, seconds")
    quiet_seconds: float = Field(
        75.0, gt=0, description="Time for which a connection may wait for its next request, seconds"
    )
    window_seconds: float = Field(10.0, gt=0, description="Time over which rates are averaged, seconds")
    body_bytes_per_second_min: int = Field(10_000, ge=0, description="Least rate of a body")


class Times(Section):
    """How long something may take before the server acts on it."""

    answer_seconds: float = Field(
        30.0,
        gt=0,
        description="Time for an answer, seconds; then it is 604. "
        "The original's slow calls have two to four times of it",
    )
    lease_seconds: float = Field(
        30.0, gt=0, description="Silence after which another machine's worker counts as dead, seconds"
    )
    silence_seconds: float = Field(
        10.0, ge=2, description="Silence after which a server kills a worker of its own, seconds"
    )
    sweep_seconds: float = Field(
        30.0, gt=0, description="Time after which a subscription without news is looked at for work, seconds"
    )
    upkeep_seconds: float = Field(
        60.0,
        gt=0,
        description="Time between two upkeeps of a worker: expired jobs and deleted bytes go",
    )


class Faults(Section):
    """For crash tests only: die with SIGKILL at an event."""

    kill_at: str | None = Field(None, description="Event name, or name:n for the nth time in a process")
    kill_once: Path | None = Field(None, description="File made before dying; while it exists nobody dies")


class StoreSettings(BaseSettings):
    """Where the store is; it can be read when other settings are wrong."""

    model_config = SettingsConfigDict(
        env_prefix="LEADLINE_",
        env_nested_delimiter="__",
        toml_file="leadline.toml",
        frozen=True,
        extra="ignore",
    )

    data: Path = Field(Path("leadline-data"), description="Directory of the embedded store")
    database: str | None = Field(
        None, pattern=r"^postgres(ql)?://", description="URL of a PostgreSQL server to use instead"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: flags, environment, leadline.toml."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


class Settings(StoreSettings):
    """All settings. `data` is the directory of the embedded store."""

    model_config = SettingsConfigDict(extra="forbid")

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 picks a free one")
    workers: int = Field(2, ge=0, le=256, description="Worker processes")
    limits: Limits = Limits.model_validate({})
    rules: Rules = Rules.model_validate({})
    export: Export = Export.model_validate({})
    access: Access = Access.model_validate({})
    server: Server = Server.model_validate({})
    times: Times = Times.model_validate({})
    faults: Faults = Faults.model_validate({})


def load_settings(flags: dict[str, Any]) -> Settings:
    """Build the settings; `flags` holds only what was given on the command line.

    Raises `OperatorError` naming every fault at once.
    """
    try:
        return Settings(**flags)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()
        )
        raise OperatorError(f"The configuration is wrong. Fix this and start again: {faults}.") from error
    except ValueError as error:
        raise OperatorError(f"leadline.toml cannot be read. Fix it and start again: {error}.") from error


def find_store(flags: dict[str, Any]) -> StoreSettings | None:
    """Return where the store is although other settings are wrong; None when that is wrong too."""
    try:
        return StoreSettings(**flags)
    except ValueError:  # of which a ValidationError is one
        return None
