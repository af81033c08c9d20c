from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from studios import rights_text

from vfx_ai.errors import InputError
from vfx_ai.studio.bounded_yaml import MOST_BYTES
from vfx_ai.studio.rights_file import read_rights, rights_from

SAMPLE = Path(__file__).parents[2] / "samples" / "rights.yaml"


def test_the_sample_says_all_that_a_rights_file_can():
    rights = read_rights(SAMPLE)
    assert rights.owner == "Harbour Films Ltd."
    assert rights.uses == ("reference", "training", "generation")
    assert (rights.territory, rights.until) == (("world",), date(2031, 12, 31))
    (ada,) = rights.people
    assert (ada.name, ada.consents, ada.shots, ada.until) == (
        "Ada Example",
        ("reference",),
        ("*sc020*",),
        date(2028, 6, 30),
    )
    (faces,) = rights.exclusions
    assert (faces.what, faces.uses) == ("faces", ("training", "generation"))
    assert (rights.signed_by, rights.signed_on) == ("Lena Legal", date(2026, 11, 20))
    assert rights.clause and rights.notes and len(rights.identity) == 64


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"owner": None}, "lacks the field owner"),
        ({"people": None}, "lacks the field people"),
        ({"signed_off": None}, "lacks the field signed_off"),
        ({"uses": "[training, selling]"}, "line 2: uses has 'selling'"),
        ({"territory": "[DE, Deutschland]"}, "line 3: territory has 'Deutschland'"),
        ({"territory": "[]"}, "territory is empty"),
        ({"until": "2031-02-30"}, "line 4: until is '2031-02-30', which is no day"),
        ({"until": "31.12.2031"}, "line 4: until is '31.12.2031'"),
        ({"people": "[]"}, "line 5: people must be a list, or none"),
        ({"people": "[{name: Ada}]"}, "line 5: one of the people lacks the field consents"),
        ({"people": "[{name: Ada, consents: [training], age: 4}]"}, "has no field 'age'"),
        ({"signed_off": "Lena"}, "line 6: signed_off must have fields"),
        ({"signed_off": "{by: Lena}"}, "signed_off lacks the field on"),
        ({"owner": "''"}, "line 1: owner is empty"),
        ({"owner": "[a, b]"}, "line 1: owner must be one text"),
        ({"price": "3"}, "line 7: the file has no field 'price'"),
        ({"version": "2"}, "line 7: version is '2'"),
        ({"exclusions": "[{uses: [training]}]"}, "one of the exclusions lacks the field what"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_field(fields, words):
    with pytest.raises(InputError) as told:
        rights_from(rights_text(**fields), "rights.yaml")
    assert words in str(told.value)
    assert told.value.file == "rights.yaml" and told.value.remedy


def test_a_field_that_is_said_twice_is_refused():
    with pytest.raises(InputError, match="line 7: owner is said twice"):
        rights_from(rights_text() + "owner: somebody else\n")


def test_norway_is_a_country_and_no_boolean():
    assert rights_from(rights_text(territory="[NO, de]")).territory == ("NO", "DE")


def test_nobody_and_nothing_can_be_said():
    rights = rights_from(rights_text(people="none", uses="[]", exclusions="none"))
    assert (rights.people, rights.uses, rights.exclusions) == ((), (), ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n- b\n",
        "owner: [unclosed\n",
        "owner: &a x\nnotes: *a\n",
        "!!python/object/apply:os.system [echo]\n",
        "owner: !!binary 'AAAA'\n",
        "[" * 40 + "]" * 40,
        "a: b\n---\nc: d\n",
        "owner: \x01\n",
    ],
)
def test_other_files_are_refused_in_one_line(text):
    with pytest.raises(InputError) as told:
        rights_from(text, "rights.yaml")
    assert "\n" not in str(told.value)


def test_files_that_are_no_text_too_large_or_not_there_are_refused(tmp_path):
    latin, large = tmp_path / "latin.yaml", tmp_path / "large.yaml"
    latin.write_bytes("owner: Hafenstraße".encode("latin-1"))
    large.write_text(rights_text(notes="x" * MOST_BYTES))
    for path, words in ((latin, "UTF-8"), (large, "at most"), (tmp_path / "none.yaml", "can't be read")):
        with pytest.raises(InputError, match=words):
            read_rights(path)


def test_line_ends_of_another_system_are_the_same_rights(tmp_path):
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_bytes(rights_text(owner="Åse & Söhne").encode())
    other.write_bytes(b"\xef\xbb\xbf" + rights_text(owner="Åse & Söhne").replace("\n", "\r\n").encode())
    assert read_rights(one).identity == read_rights(other).identity
