"""Which models may be used for what: their licences, and what the studio itself allows and forbids."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from vfx_ai.errors import InputError, JobError
from vfx_ai.studio.model import USES, Model

POLICY = "VFX_AI_POLICY"  # environment: the studio's file
DEEPEST, MOST_RULES = 6, 1000
_FIELDS = {"version", "default", "allow", "forbid"}
_RULE = {"model", "licence", "use", "reason"}


@dataclass(frozen=True)
class Rule:
    """One line of a policy.

    Attributes:
        by: "model" or "licence".
        pattern: its name, upper and lower case alike; `*` any letters, `?` one.
        uses: for which uses it speaks.
        reason: why, for whoever is refused.
    """

    by: str
    pattern: str
    uses: tuple[str, ...] = USES
    reason: str = ""

    def speaks_of(self, model: Model, use: str) -> bool:
        """Whether it is about this."""
        named = model.name if self.by == "model" else model.licence
        return use in self.uses and fnmatchcase(named.lower(), self.pattern.lower())


@dataclass(frozen=True)
class Policy:
    """What a studio allows and forbids, beyond what licences say.

    Attributes:
        allow: models and licences that it may use, whatever is written of them here (it has an agreement, or its
            lawyers have read the terms).
        forbid: those that it may not.
        strict: only what is allowed here may be used at all; else what licences allow.
        file: where it was read; empty: there is none.
    """

    allow: tuple[Rule, ...] = ()
    forbid: tuple[Rule, ...] = ()
    strict: bool = False
    file: str = ""


def policy_of(named: str = "") -> Policy:
    """The studio's policy: that of the file that is named, else of $VFX_AI_POLICY, else an empty one.

    Raises:
        InputError: the file can't be read, or says something that is no rule.
    """
    named = named or os.environ.get(POLICY, "")
    return read_policy(Path(named).expanduser()) if named else Policy()


def check_use(model: Model, use: str, policy: Policy) -> None:
    """Refuse a model that may not be used like that.

    Rules by name go before rules by licence, and forbidding before allowing.

    Raises:
        JobError: it may not; the message names the licence and what would allow it.
    """
    if use not in USES:
        raise JobError(f"use is {use!r}", remedy=f"Use one of: {', '.join(USES)}.")
    for by in ("model", "licence"):
        for verdict in ("forbid", "allow"):
            rules: tuple[Rule, ...] = getattr(policy, verdict)
            found = next((rule for rule in rules if rule.by == by and rule.speaks_of(model, use)), None)
            if found and verdict == "forbid":
                why = f": {found.reason}" if found.reason else ""
                raise JobError(
                    f"the studio's policy forbids the model {model.name!r} ({model.licence}) for {use} use, "
                    f"by {by} {found.pattern!r}{why}",
                    file=policy.file,
                    remedy="Take another model, or have that rule changed.",
                )
            if found:
                return
    if policy.strict:
        raise JobError(
            f"the studio's policy allows no model that it doesn't name, and it doesn't name {model.name!r} "
            f"({model.licence}) for {use} use",
            file=policy.file,
            remedy="Take another model, or have it added under allow.",
        )
    if use in model.uses:
        return
    rule = "a policy file (--policy) that has it under allow"
    if not model.uses:
        raise JobError(
            f"it isn't known whether the licence of the model {model.name!r} ({model.licence}) allows {use} use"
            + (f". {model.conditions}" if model.conditions else ""),
            remedy=f"What would allow it: {rule}, or `vfx-ai models add` with --uses, by whoever read the licence.",
        )
    others = [f"--use {one}, if that is what it is for" for one in model.uses]
    raise JobError(
        f"the licence of the model {model.name!r} ({model.licence}) doesn't allow {use} use",
        remedy=f"What would allow it: {', '.join([*others, rule])}, if its makers gave you another licence.",
    )


def read_policy(path: Path) -> Policy:
    """A policy from its file.

    Raises:
        InputError: it can't be read, is too large, or says something that is no rule.
    """
    from vfx_ai.studio.bounded_yaml import loaded, read_text

    text = read_text(path, "policy")
    try:
        return _policy_from(loaded(text, DEEPEST), str(path))
    except ValueError as error:
        raise InputError(f"the policy makes no sense: {error}", file=path, remedy="See docs/models.md.") from None


def _policy_from(data: object, file: str) -> Policy:
    if not isinstance(data, dict):
        raise ValueError("it has none of the fields allow and forbid")
    if unknown := {str(name) for name in data} - _FIELDS:
        raise ValueError(f"there is no field {sorted(unknown)[0]!r}")
    if data.get("version", 1) != 1:
        raise ValueError(f"version is {data['version']!r}; this program reads 1")
    default = data.get("default", "licence")
    if default not in ("licence", "forbid"):
        raise ValueError(f"default is {default!r}; it can be licence or forbid")
    rules = {name: _rules(data.get(name), name) for name in ("allow", "forbid")}
    return Policy(**rules, strict=default == "forbid", file=file)


def _rules(data: object, where: str) -> tuple[Rule, ...]:
    if data is None:
        return ()
    if not isinstance(data, list) or len(data) > MOST_RULES:
        raise ValueError(f"{where} is no list, or one of more than {MOST_RULES}")
    return tuple(_rule(one, where) for one in data)


def _rule(data: object, where: str) -> Rule:
    if not isinstance(data, dict) or {str(name) for name in data} - _RULE:
        raise ValueError(f"in {where}, {data!r} has another field than {', '.join(sorted(_RULE))}")
    named = [by for by in ("model", "licence") if by in data]
    if len(named) != 1:
        raise ValueError(f"in {where}, {data!r} must have one of model and licence")
    uses, reason = data.get("use", list(USES)), data.get("reason", "")
    uses = [uses] if isinstance(uses, str) else uses
    if not isinstance(uses, list) or not uses or not all(use in USES for use in uses):
        raise ValueError(f"in {where}, use is {data['use']!r}; it can be {' or '.join(USES)}")
    pattern = data[named[0]]
    if not isinstance(pattern, str) or not pattern.strip() or not isinstance(reason, str):
        raise ValueError(f"in {where}, {data!r} isn't made of texts")
    return Rule(named[0], pattern.strip(), tuple(uses), reason.strip())
