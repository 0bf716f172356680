"""Rules as a file that a person edits: TOML whose conditions are the words shown on paper."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from hemoflow.domain.errors import InputError
from models.segmentation.rules import Condition, Rule

FORMAT = "hemoflow-rules/1"
HEAD = """\
# Rules that say which segment a patient belongs to. A patient needs to meet one rule of a segment, and all of its
# conditions; a value that was not recorded meets no condition. Edit the conditions, add or remove rules, then name
# this file in the policy ([segmentation.rules_file]) and look at: hemoflow rules check FILE
"""


def write_rules(rules: Sequence[Rule], model_id: str) -> str:
    """The rules as TOML.

    Args:
        rules: Rules.
        model_id: Version of the segmentation whose segment numbers they use.
    """
    parts = [HEAD, f'format = "{FORMAT}"', f'segmentation = "{model_id}"']
    for rule in rules:
        conditions = "".join(f'    "{condition.words}",\n' for condition in rule.conditions)
        parts.append(f"\n[[rule]]\nsegment = {rule.segment}\nwhen = [\n{conditions}]")
    return "\n".join(parts) + "\n"


def read_rules(text: str, longest: int, segments: Sequence[int] = ()) -> tuple[Rule, ...]:
    """Rules from TOML, numbered within their segment in the order of the file.

    Args:
        text: The file.
        longest: Most conditions in a rule.
        segments: Known segments; none checks nothing.

    Raises:
        InputError: Not TOML, another format, or rules that cannot be read; all problems in one message.
    """
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"The rules file is not valid TOML: {error}.", remedy="Mend that line.") from error
    if read.get("format") != FORMAT or not isinstance(read.get("rule"), list) or not read["rule"]:
        raise InputError(
            f"The rules file has format {read.get('format')!r} and {len(read.get('rule', ()))} rules.",
            remedy=f'Begin with format = "{FORMAT}" and at least one [[rule]]; see hemoflow rules export.',
        )
    problems: list[str] = []
    rules: list[Rule] = []
    for place, entry in enumerate(read["rule"], start=1):
        before = sum(rule.segment == entry.get("segment") for rule in rules)
        found = [f"rule {place}: {problem}" for problem in _problems(entry, longest, segments)]
        problems += found
        if not found:
            conditions = tuple(Condition.parse(words) for words in entry["when"])
            rules.append(Rule(entry["segment"], before + 1, conditions))
    if problems:
        raise InputError("Rules file: " + "; ".join(problems), remedy="Nothing was changed.")
    return tuple(rules)


def _problems(entry: Mapping[str, Any], longest: int, segments: Sequence[int]) -> list[str]:
    segment, when = entry.get("segment"), entry.get("when")
    found = [f"unknown key {name}" for name in entry if name not in {"segment", "when"}]
    if not isinstance(segment, int) or isinstance(segment, bool) or segment < 1:
        found.append(f"segment = {segment!r} is not a number from 1")
    elif segments and segment not in segments:
        found.append(f"segment {segment} is none of {', '.join(map(str, sorted(segments)))}")
    if not isinstance(when, list) or not 1 <= len(when) <= longest or not all(isinstance(one, str) for one in when):
        return [*found, f"when needs 1 to {longest} conditions in quotes"]
    for words in when:
        try:
            Condition.parse(words)
        except InputError as error:
            found.append(str(error))
    return found
