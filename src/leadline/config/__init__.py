"""Configuration: one frozen object, from options, environment, `leadline.toml` and defaults.

Precedence falls in that order. Environment names are `LEADLINE_<NAME>` for what options say, and
`LEADLINE_<SECTION>__<NAME>`. The environment is read here alone. Read `models.py` first, which has the
settings, then `loading.py`.
"""

from leadline.config.environment import env_name, environment_with, let_arrow_give_back, wants_colors
from leadline.config.in_effect import InEffect, in_effect, in_effect_for
from leadline.config.loading import find_store, load, load_settings
from leadline.config.models import (
    KINDS,
    DemoSettings,
    Faults,
    SandboxSettings,
    Server,
    Settings,
    StoreSettings,
    Times,
    WorkSettings,
)

__all__ = [
    "KINDS",
    "DemoSettings",
    "Faults",
    "InEffect",
    "SandboxSettings",
    "Server",
    "Settings",
    "StoreSettings",
    "Times",
    "WorkSettings",
    "env_name",
    "environment_with",
    "find_store",
    "in_effect",
    "in_effect_for",
    "let_arrow_give_back",
    "load",
    "load_settings",
    "wants_colors",
]
