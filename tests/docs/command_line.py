"""The page of the commands: what each is for, and what it prints with `--help`."""

from click.testing import CliRunner

from leadline.cli.commands import COMMANDS, cli

ABOUT = {
    "serve": "HTTP API and workers in one command: the whole product on an embedded store, or an API node with workers on PostgreSQL. "
    "SIGTERM and Ctrl-C stop it within 10 seconds; a chunk in work is finished or handed back.",
    "work": "Workers without an API, on a machine of their own; [on PostgreSQL only](../how-to/run-on-postgresql.md). With `--metrics-port` they answer `/health/live`, "
    "`/health/ready` (200 while one worker is warm and the database answers) and [`/metrics`](metrics.md) over plain HTTP: they hold no secret.",
    "setup": "What may stand in the file is told in [the subscription file](subscription-file.md).",
    "credentials": "Who may call, while servers run: [add, rotate, remove](../how-to/rotate-a-secret.md).",
    "check": "Run it before a start, after a restore, and when calls answer 611.",
    "settings": "What a server that starts now, in this directory and environment, would have: [configuration](configuration.md).",
    "health": "For the health check of a container, and for scripts that wait for a server. A node of `leadline work` is asked with `--url` and its `--metrics-port`.",
    "subscriptions": "While servers run: [remove a subscription](../how-to/remove-a-subscription.md).",
    "backup": "Of embedded stores, while a server runs: [back up, restore and move](../how-to/back-up-and-move.md).",
    "sandbox": "A Marketo for tests: [how to control it](sandbox.md).",
    "push": "A big file into any server of this API: [how to](../how-to/load-a-big-file.md), [its files, events and exit codes](push.md).",
    "demo": "What `make run` starts. Its credentials are in `credentials.json` in its data directory.",
}
ORDER = (
    "push",
    "serve",
    "work",
    "setup",
    "credentials",
    "check",
    "settings",
    "health",
    "subscriptions",
    "backup",
    "demo",
    "sandbox",
)
WORDS = {
    "push": ("status", "results", "undo"),
    "credentials": ("list", "add", "rotate", "end-overlap", "remove"),
    "subscriptions": ("list", "remove"),
}
"""What stands behind the name of a command in place of a file."""


def help_of(*command: str) -> str:
    """Return what a command prints with `--help` on a terminal of 80 columns."""
    done = CliRunner().invoke(cli, [*command, "--help"], prog_name="leadline", terminal_width=80)
    assert done.exit_code == 0, done.output
    return done.output


def _section(command: str) -> str:
    """Return what the page has of a command."""
    text = f"## `leadline {command}`\n\n{ABOUT[command]}\n\n```\n{help_of(command)}```\n"
    words = WORDS.get(command, ())
    return text + "".join(f"\n```\n{help_of(command, word)}```\n" for word in words)


def command_line_page() -> str:
    """Return the page; a command without a sentence about it is a KeyError."""
    order = sorted(COMMANDS, key=lambda command: (ORDER + COMMANDS).index(command))
    sections = "\n".join(map(_section, order))
    return f"""# Command line

The program is `leadline`, with the name of a command behind it; `make setup` installs it in `.venv/bin`. Options come before the environment, the environment
before `leadline.toml` ([configuration](configuration.md)). Below is what `--help` prints.

A command ends with 0 when it did what it was to do, with 1 and one sentence on stderr when settings, store or file are at fault, and with 2 when it was called
wrongly; `push` has [codes of its own](push.md#exit-codes). A signal that comes while it still starts ends it with 128 and the signal's number: 130 for Ctrl-C, 143 for SIGTERM. A server that serves ends with 0. The server writes its log to stderr, [a line for each event](events.md); stdout has results; generated secrets too, where it is [a terminal](../how-to/rotate-a-secret.md#where-the-secret-is).

## Completion

Your shell completes commands, options and names of files, where `leadline` is on its `PATH`, by a line in one of its own files:

```
# bash, 4.4 or newer: in ~/.bashrc
eval "$(_LEADLINE_COMPLETE=bash_source leadline)"
# zsh: in ~/.zshrc, behind `autoload -U compinit; compinit`
eval "$(_LEADLINE_COMPLETE=zsh_source leadline)"
# fish: in ~/.config/fish/completions/leadline.fish
_LEADLINE_COMPLETE=fish_source leadline | source
```

{sections}"""
