from __future__ import annotations

import json
import sqlite3
from datetime import date

import pytest
from studios import TODAY, put, stock, write_rights

from vfx_ai.errors import JobError, RightsError
from vfx_ai.studio import ledger
from vfx_ai.studio.catalogue import title_of
from vfx_ai.studio.catalogue_base import NAME, opened
from vfx_ai.studio.catalogue_change import remove, set_rights, withdraw
from vfx_ai.studio.rights import cleared, cleared_shots

ADA = "[{name: Ada Example, consents: [reference], shots: ['*sc020*']}]"

# What a rights file says, what is asked, the missing right, and what would clear it.
REFUSALS = {
    "no file": ({"rights": None}, {}, "there is no rights file, so training isn't cleared", "catalogue rights FILE"),
    "expired": ({"until": "2026-11-25"}, {}, "the rights expired on 2026-11-25", "Renew them with Harbour Films"),
    "wrong use": ({"uses": "[reference]"}, {}, "training isn't cleared, only reference", "must clear training"),
    "no use": ({"uses": "[]"}, {}, "training isn't cleared, only nothing", "must clear training"),
    "territory": ({"territory": "[DE, AT]"}, {}, "isn't cleared for the whole world, only for DE, AT", "territory DE"),
    "other country": ({"territory": "EU"}, {"territory": "us"}, "isn't cleared for US, only for EU", "--territory EU"),
    "person": ({"people": ADA}, {}, "Ada Example is recognisable and didn't consent to training", "must consent"),
    "consent ended": (
        {"people": "[{name: Ada Example, consents: [training], until: 2026-11-25}]"},
        {},
        "the consent of Ada Example to training expired on 2026-11-25",
        "consent anew",
    ),
    "excluded": ({"exclusions": "[{what: faces, uses: [training]}]"}, {}, "excluded from training: faces", "--masked"),
    "not yet": ({"signed_off": "{by: Lena, on: 2026-11-27}"}, {}, "signed off as of 2026-11-27", "Wait until then"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_names_the_shot_the_missing_right_and_what_would_clear_it(case, tmp_path):
    rights, asked, missing, remedy = REFUSALS[case]
    with stock(tmp_path, **rights) as catalogue:
        with pytest.raises(RightsError) as told:
            cleared(catalogue, "Harbour/sc020", "training", on=TODAY, **asked)
        found = cleared_shots(catalogue, "training", on=TODAY, **asked)
    assert str(told.value).startswith(f"{catalogue.folder}: Harbour/sc020: ")
    assert missing in told.value.message
    assert remedy in told.value.remedy
    assert told.value.exit_code == 7
    refused = {one.shot: one for one in found.refused}
    assert missing in refused["Harbour/sc020"].missing and remedy in refused["Harbour/sc020"].remedy
    assert "Harbour/sc020" not in {shot.name for shot in found.allowed}


@pytest.mark.parametrize(
    ("rights", "asked"),
    [
        ({}, {}),
        ({"until": "2026-11-26"}, {}),
        ({"signed_off": "{by: Lena, on: 2026-11-26}"}, {}),
        ({"territory": "[DE, AT]"}, {"territory": "de"}),
        ({"territory": "EU"}, {"territory": "AT"}),
        ({"territory": "EU"}, {"territory": "EU"}),
        ({"people": ADA}, {"masked": ["ada example"]}),
        ({"people": ADA}, {"masked": ["people"]}),
        ({"people": "[{name: Ada, consents: [training], until: 2026-11-26}]"}, {}),
        ({"exclusions": "[{what: faces, uses: [training]}]"}, {"masked": ["Faces"]}),
        ({"exclusions": "[{what: faces, uses: [publicity]}]"}, {}),
        ({"exclusions": "[{what: faces, shots: ['*sc030*']}]"}, {}),
    ],
)
def test_what_is_cleared_passes(rights, asked, tmp_path):
    with stock(tmp_path, **rights) as catalogue:
        cleared(catalogue, "Harbour/sc020", "training", on=TODAY, **asked)
        cleared(catalogue, "Harbour", "training", on=TODAY, **asked)
        assert len(cleared_shots(catalogue, "training", on=TODAY, **asked).allowed) == 2


def test_a_person_concerns_the_shots_that_show_them(tmp_path):
    with stock(tmp_path, people=ADA) as catalogue:
        cleared(catalogue, "Harbour/sc010", "training", on=TODAY)
        with pytest.raises(RightsError, match="Harbour/sc020: Ada Example"):
            cleared(catalogue, "Harbour", "training", on=TODAY)


def test_every_reason_is_told(tmp_path):
    with stock(tmp_path, uses="[reference]", until="2026-01-31", people=ADA, shots=("sc020",)) as catalogue:
        found = cleared_shots(catalogue, "training", on=TODAY)
    assert len(found.refused) == 3


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"use": "selling"}, "no use 'selling'"),
        ({"territory": "Germany"}, "territory is 'Germany'"),
        ({"shot_or_title": "Harbor"}, "no shot 'Harbor'"),
    ],
)
def test_what_makes_no_sense_is_refused(asked, words, tmp_path):
    with stock(tmp_path) as catalogue, pytest.raises(JobError, match=words):
        cleared(**{"catalogue": catalogue, "shot_or_title": "Harbour", "use": "training", **asked})


def test_a_selection_is_by_titles_tags_and_names(tmp_path):
    with stock(tmp_path, titles=("Harbour", "Desert")) as catalogue:
        put(catalogue, "Desert", "dunes", tags=["night"])
        named = cleared_shots(catalogue, "training", titles=["Desert"], tags=["Night"], shots=["Harbour/sc010"])
        assert [shot.name for shot in named.allowed] == ["Desert/dunes", "Harbour/sc010"]
        with pytest.raises(JobError, match="no shot 'Harbour/sc01'"):
            cleared_shots(catalogue, "training", shots=["Harbour/sc01"])


def test_withdrawn_footage_is_refused_also_under_another_title(tmp_path):
    with stock(tmp_path) as catalogue:
        copy = put(catalogue, "Stock", "copy", seed="/footage/Harbour/sc010.####.exr")
        set_rights(catalogue, "Stock", write_rights(tmp_path))
        cleared(catalogue, copy, "training", on=TODAY)
        withdraw(catalogue, "Harbour", "contract ended")
        for shot in ("Harbour/sc010", copy):
            with pytest.raises(RightsError, match=r"was withdrawn.*contract ended") as told:
                cleared(catalogue, shot, "training", on=TODAY)
            assert "signed off later" in told.value.remedy


def test_removing_and_adding_again_lifts_no_withdrawal(tmp_path):
    with stock(tmp_path) as catalogue:
        withdraw(catalogue, "Harbour")
        remove(catalogue, "Harbour")
        other = put(catalogue, "Elsewhere", "again", seed="/footage/Harbour/sc010.####.exr")
        set_rights(catalogue, "Elsewhere", write_rights(tmp_path))
        with pytest.raises(RightsError, match="withdrawn as part of Harbour"):
            cleared(catalogue, other, "training")


def test_only_rights_that_are_signed_off_later_lift_a_withdrawal(tmp_path):
    with stock(tmp_path) as catalogue:
        made = withdraw(catalogue, "Harbour")
        with pytest.raises(RightsError, match=r"was withdrawn on .* and these rights were signed off on 2026-01-10"):
            set_rights(catalogue, "Harbour", write_rights(tmp_path))
        later = date.fromisoformat(made.when[:10]).replace(year=date.fromisoformat(made.when[:10]).year + 1, day=1)
        set_rights(catalogue, "Harbour", write_rights(tmp_path, signed_off=f"{{by: Lena, on: {later}}}"))
        cleared(catalogue, "Harbour", "training", on=later)
        assert not title_of(catalogue, "Harbour").withdrawn


def forge(folder, change):
    path = ledger.file_of(folder)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(change(lines)))


def changed(lines):
    entry = json.loads(lines[1])
    entry["what"]["content"] = "0" * 64
    return [lines[0], json.dumps(entry, sort_keys=True, separators=(",", ":")) + "\n", *lines[2:]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (changed, r"entry 2 \(shot Harbour/sc020, .*\) was changed"),
        (lambda lines: lines[:1] + lines[2:], "entry 2 was removed"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "another order"),
        (lambda lines: lines[:-1], "the last were removed"),
        (lambda _lines: [], "the last were removed"),
    ],
)
def test_nothing_is_cleared_by_a_forged_ledger(change, words, tmp_path):
    with stock(tmp_path) as catalogue:
        cleared(catalogue, "Harbour", "training", on=TODAY)
        forge(catalogue.folder, change)
        with pytest.raises(RightsError, match=f"nothing is cleared: .*{words}"):
            cleared(catalogue, "Harbour/sc010", "training", on=TODAY)


def test_a_database_that_was_changed_past_the_ledger_clears_nothing(tmp_path):
    with stock(tmp_path, uses="[reference]") as catalogue:
        pass
    base = sqlite3.connect(tmp_path / "lib" / NAME)
    with base:
        base.execute("UPDATE titles SET rights = replace(rights, '[reference]', '[reference, training]')")
        base.execute("UPDATE shots SET content = 'f' WHERE name = 'Harbour/sc020'")
    base.close()
    with opened(tmp_path / "lib") as catalogue:
        found = cleared_shots(catalogue, "training", on=TODAY)
    assert not found.allowed
    told = {one.shot: one.missing for one in found.refused}
    assert "aren't those that the ledger knows" in told["Harbour/sc010"]
    assert "the ledger doesn't know it" in told["Harbour/sc020"]


def test_withdrawing_in_the_ledger_alone_is_enough(tmp_path):
    with stock(tmp_path) as catalogue:
        withdraw(catalogue, "Harbour")
        catalogue.base.execute("UPDATE titles SET withdrawn = ''")
        with pytest.raises(RightsError, match="was withdrawn"):
            cleared(catalogue, "Harbour", "training", on=TODAY)
