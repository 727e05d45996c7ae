"""The settings that there are: sections, and one model for each command with options of its own.

Limits and rules, which a subscription may have of its own, are in `model/rules.py`.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from leadline.model.rules import DEFAULT_RULES, Limits, Policy, Rules, Section


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
    console: bool = Field(True, description="Serve the console at /console")
    public_url: str | None = Field(
        None,
        pattern=r"^https?://(\[[0-9a-fA-F:.]+\]|[^\s/?#@\\\[\]:]+)(:[0-9]+)?(/[^\s?#\\]*)?$",
        description="Address under which browsers reach the server, with its path behind a proxy",
    )
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


class StoreSettings(BaseModel):
    """Where the store is; it can be read when other settings are wrong."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    data: Path = Field(Path("leadline-data"), description="Directory of the embedded store")
    database: str | None = Field(
        None, pattern=r"^postgres(ql)?://", description="URL of a PostgreSQL server to use instead"
    )


class Settings(StoreSettings):
    """All settings of a server. `data` is the directory of the embedded store."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 picks a free one")
    workers: int = Field(2, ge=0, le=256, description="Worker processes")
    setup: Path | None = Field(None, description="Subscription file to apply before serving")
    tls_cert: Path | None = Field(None, description="File of the certificate chain, PEM")
    tls_key: Path | None = Field(None, description="File of the private key, PEM, without a passphrase")
    allow_plain_http: bool = Field(False, description="Allow an address beyond this machine without TLS")
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="Form of the log; `auto` is text on a terminal, JSON elsewhere"
    )
    limits: Limits = Limits.model_construct()
    rules: Rules = DEFAULT_RULES
    export: Export = Export.model_construct()
    access: Access = Access.model_construct()
    server: Server = Server.model_construct()
    times: Times = Times.model_construct()
    faults: Faults = Faults.model_construct()

    @property
    def policy(self) -> Policy:
        """The limits and rules of the server, for subscriptions that have none of their own."""
        return Policy(self.limits, self.rules)


class WorkSettings(Settings):
    """What `leadline work` can be told besides."""

    metrics_host: str = Field(
        "127.0.0.1", min_length=1, description="Address at which `leadline work` answers health and metrics"
    )
    metrics_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="Port for these; 0 picks a free one, and where none is set there is none",
    )


class DemoSettings(Settings):
    """What `leadline demo` can be told besides."""

    data: Path = Field(Path("leadline-demo"), description="Directory of the demo's own store")
    examples: Path | None = Field(
        None, description="Directory of another subscription.yaml and leads.csv than the program's own"
    )


class SandboxSettings(Settings):
    """What `leadline sandbox` can be told besides."""

    port: int = Field(0, ge=0, le=65535, description="Port to listen on; 0 picks a free one")
    control_token: str | None = Field(
        None, min_length=8, description="Token that each control call of a sandbox must bring"
    )
    allow_host: str | None = Field(
        None, description="Names, with commas between, under which a sandbox takes control calls"
    )
    random_seed: int = Field(0, ge=0, description="Number from which follows all that a sandbox generates")
    seed: Path | None = Field(None, description="Directory of CSV files that a sandbox begins with")
    ready_file: Path | None = Field(
        None, description="File into which a sandbox writes its address and credentials when it is ready"
    )
    print: Literal["json"] | None = Field(None, description="Form in which a sandbox prints the same")


KINDS: tuple[type[Settings], ...] = (Settings, WorkSettings, DemoSettings, SandboxSettings)
"""One for each command with options of its own; environment and file may name what any of them has."""
