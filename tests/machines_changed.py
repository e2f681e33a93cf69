"""A machine on which every text is the same one."""

from typing import Any

import msgspec

from tfgpu_lab.diagnosis.facts import Facts

# Words that the models or the rules count among a few: another value would not be a machine any more.
FIXED = {"manager", "found_in", "platform", "machine"}


def every_text(facts: Facts, value: str) -> Any:
    """Return the facts with `value` for every text but those with a fixed set of words."""

    def change(tree: Any, key: str = "") -> Any:
        if isinstance(tree, dict):
            return {name: change(one, name) for name, one in tree.items()}
        if isinstance(tree, list):
            return [change(one, key) for one in tree]
        return value if isinstance(tree, str) and key not in FIXED else tree

    return change(msgspec.to_builtins(facts))
