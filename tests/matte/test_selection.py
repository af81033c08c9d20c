"""A list of objects means what it says, as a person writes it and as Nuke does."""

from __future__ import annotations

import pytest
from cryptomattes import IDS

from vfx_ai.errors import JobError
from vfx_ai.matte.manifest import Manifest
from vfx_ai.matte.selection import parse_objects, spelled

NAMES = (
    *("Ball", "ball", "crowd_01", "crowd_02", "crowd_10_hat", "a b", "x,y", 'say "hi"', "has_*_asterisk", "what?"),
    *("geo[0]", "geo0", "C:\\rig\\arm", "\\*", "\\[", "\\", "a\\\\b", " spaced ", "<1a2b3c4d>", "равнина", '"quoted"'),
    *("line\nbreak", "*", "a*?b", "\\\\*", 'end"', "<", "-5"),
)
MANIFEST = Manifest({name: index + 1 for index, name in enumerate(NAMES)})


def meant(text: str) -> set[str]:
    return {name for entry in parse_objects(text) for name in entry.names(MANIFEST)}


@pytest.mark.parametrize("name", NAMES)
def test_any_name_can_be_spelled_so_that_it_means_itself_alone(name: str) -> None:
    assert meant(spelled(name)) == {name}
    (entry,) = parse_objects(spelled(name))
    assert entry.name == name
    assert meant(f"crowd_01, {spelled(name)} ,Ball") == {"crowd_01", name, "Ball"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ball", {"Ball"}),
        ("Ball,crowd_01", {"Ball", "crowd_01"}),
        (" Ball ,  crowd_01,", {"Ball", "crowd_01"}),
        ("crowd_*", {"crowd_01", "crowd_02", "crowd_10_hat"}),
        ("crowd_??", {"crowd_01", "crowd_02"}),
        ("?all", {"Ball", "ball"}),
        ("geo[0]", {"geo[0]"}),
        ("geo[*", {"geo[0]"}),
        ('"x,y",a b', {"x,y", "a b"}),
        ("has_\\**", {"has_*_asterisk"}),
        ("line?break", {"line\nbreak"}),
    ],
)
def test_commas_part_names_and_patterns_find_them(text: str, names: set[str]) -> None:
    assert meant(text) == names


@pytest.mark.parametrize(
    ("written", "name"),
    [
        # what stands in Nuke's matte list, and what its Python gives for that
        (r"has_\\*_asterisk", "has_*_asterisk"),
        (r"has_\*_asterisk", "has_*_asterisk"),
        (r"geo\\\[0\\\]", "geo[0]"),
        (r"geo\[0\]", "geo[0]"),
        (r'"say \\"hi\\""', 'say "hi"'),
        (r'"say \"hi\""', 'say "hi"'),
        (r'"x,y"', "x,y"),
        (r'"a b"', "a b"),
        (r'"C:\\\\rig\\\\arm"', "C:\\rig\\arm"),
        (r'"C:\\rig\\arm"', "C:\\rig\\arm"),
        (r"what\\?", "what?"),
    ],
)
def test_a_list_of_nukes_cryptomatte_is_read_with_all_its_backslashes(written: str, name: str) -> None:
    assert meant(written) == {name}
    assert meant(f"Ball, {written}, ball") == {"Ball", name, "ball"}


def test_an_id_needs_no_name() -> None:
    assert [entry.number for entry in parse_objects("<13851a76>, <-1.54943624832e+30>")] == [0x13851A76, IDS["torus"]]
    assert parse_objects("<00000003>")[0].names(MANIFEST) == ["crowd_01"]


def test_a_name_is_its_hash_whether_the_manifest_has_it_or_not() -> None:
    (entry,) = parse_objects("bunny")
    assert entry.ids(Manifest()) == {IDS["bunny"]}
    assert entry.ids(Manifest({"bunny": 77})) == {IDS["bunny"], 77}


def test_an_entry_counts_once() -> None:
    assert [entry.text for entry in parse_objects('Ball,"Ball", Ball ,B*')] == ["Ball", "B*"]


@pytest.mark.parametrize("text", ["", "  ", ",", " , ,", '""'])
def test_a_list_without_an_entry_is_refused(text: str) -> None:
    with pytest.raises(JobError, match="no object was named"):
        parse_objects(text)


def test_a_quotation_mark_without_an_end_is_refused() -> None:
    with pytest.raises(JobError, match="has no end"):
        parse_objects('Ball,"x,y')
