"""`leadline settings`: what is in effect, and where each value comes from."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import click

from leadline.cli.options import given, settings_from, store_options
from leadline.config import InEffect, Settings, in_effect, in_effect_for
from leadline.errors import OperatorError
from leadline.store.directory import Stores
from leadline.store.directory_faults import refuse_missing


@click.command("settings")
@store_options
@click.option(
    "--subscription", metavar="MUNCHKIN_ID", help="Limits and rules of this subscription, with its own."
)
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def settings_command(subscription: str | None, as_json: bool, **flags: Any) -> None:
    """Print what is in effect, and where each value comes from.

    Each setting has its name in the environment, its value, and what says so: an option, the
    environment, leadline.toml, or nothing, which is the default. Run it where the server runs: in
    its directory, with its environment. Passwords and tokens are not shown.
    """
    found = in_effect(given(flags))
    if subscription is not None:
        found = list(_of_subscription(subscription, found, settings_from(**flags)))
    if as_json:
        click.echo(json.dumps([_member(each) for each in found], indent=2))
    else:
        click.echo("\n".join(_table(found)))


def _of_subscription(munchkin_id: str, server: list[InEffect], settings: Settings) -> Iterator[InEffect]:
    """Yield the limits and rules of a subscription; raises `OperatorError` where there is none such."""
    stores = Stores(settings.data, settings.database)
    try:
        refuse_missing(stores)
        entry = stores.find(munchkin_id)
        if entry is None:
            known = ", ".join(stores.munchkin_ids()) or "none"
            raise OperatorError(
                f"There is no subscription {munchkin_id} in {stores.where}. Its subscriptions: {known}."
            )
        policy, sections = settings.policy.of_subscription(entry.own), ("limits", "rules")
        paths = [(each, name) for each in sections for name in json.loads(getattr(entry.own, each))]
        yield from in_effect_for(policy, paths, server)
    finally:
        stores.close()


def _member(setting: InEffect) -> dict[str, object]:
    return {
        "command": setting.command,
        "name": ".".join(setting.path),
        "variable": setting.variable,
        "value": setting.value,
        "source": setting.source,
    }


def _table(settings: Iterable[InEffect]) -> Iterator[str]:
    """Yield lines in columns, those of each command below its name."""
    cells = [(each.command, each.variable, _text(each.value), each.source) for each in settings]
    wide = [max(len(row[column]) for row in cells) for column in (1, 2)]
    command = cells[0][0]
    for row in cells:
        if row[0] != command:
            command = row[0]
            yield f"\nleadline {command}, besides:"
        yield f"{row[1]:{wide[0]}}  {row[2]:{wide[1]}}  {row[3]}"


def _text(value: object) -> str:
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
