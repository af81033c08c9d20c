from __future__ import annotations

import hashlib
import json
from datetime import date

import numpy as np
import pytest
from studios import TODAY, put, stock, write_frames, write_rights
from typer.testing import CliRunner

import vfx_ai
from vfx_ai.cli import app
from vfx_ai.errors import InputError, JobError, OutputError, RightsError, VerifyError
from vfx_ai.studio import ledger
from vfx_ai.studio.catalogue import find_shot, shots_of
from vfx_ai.studio.catalogue_add import add
from vfx_ai.studio.catalogue_base import opened
from vfx_ai.studio.catalogue_change import remove, set_rights, withdraw
from vfx_ai.studio.catalogue_check import check
from vfx_ai.studio.descent import known
from vfx_ai.studio.facts import record_model, record_training
from vfx_ai.studio.lenders import lenders
from vfx_ai.studio.model_rights import cleared_model
from vfx_ai.studio.rights import cleared
from vfx_ai.studio.trace import trace


def result_file(make_exr, path, seed=1):
    """A result as the program writes it: 12 pixels of frame 1003, 4 of a model, 4 smooth."""
    source, number = np.zeros((20, 24), np.float16), np.zeros((20, 24), np.float32)
    source[2, :12], number[2, :12] = 1, 1003
    source[3, :4], source[4, :4] = 3, 6
    rng = np.random.default_rng(seed)
    channels = {name: rng.normal(0.5, 1, (20, 24)).astype(np.float16) for name in "RGB"}
    channels |= {"fill.source": source, "fill.from.frame": number}
    return make_exr(path, channels)


def weights(path, words=b"weights"):
    path.write_bytes(words)
    return path


@pytest.fixture
def studio(tmp_path, make_exr):
    """Two titles, a model of each, one that began with the first's, and a result of that one."""
    with stock(tmp_path, titles=("Harbour", "Desert")) as catalogue:
        harbour = [shot for shot in shots_of(catalogue) if shot.title == "Harbour"]
        desert = [shot for shot in shots_of(catalogue) if shot.title == "Desert"]
        first = record_training(catalogue, "base", harbour, steps=100)
        base = record_model(catalogue, "base", weights(tmp_path / "base.safetensors"), first, licence="own")
        then = record_training(catalogue, "look", desert)
        began = [{"name": "base", "sha256": base.what["sha256"]}]
        look = record_model(
            catalogue, "look", weights(tmp_path / "look.safetensors", b"look"), then, base=began, licence="own"
        )
        alone = record_training(catalogue, "dry", desert)
        record_model(catalogue, "dry", weights(tmp_path / "dry.safetensors", b"dry"), alone)
        made = result_file(make_exr, tmp_path / "out" / "clean.1001.exr")
        ledger.record(
            catalogue.folder,
            "result",
            result=str(tmp_path / "out" / "clean.####.exr"),
            files={"1001": hashlib.sha256(made.read_bytes()).hexdigest()},
            engines=["temporal", "internal"],
            models=[{"name": "look", "sha256": look.what["sha256"]}],
            references=[],
        )
        yield catalogue, made


def test_a_result_tells_engines_frames_models_shots_and_rights(studio):
    catalogue, made = studio
    traced = trace(made, catalogue.folder)
    assert traced.engines == ("temporal", "internal")
    assert traced.pixels == {"another frame": 12, "model of the shot or the studio": 4, "smooth": 4}
    assert traced.frames == {1003: 12}
    assert traced.entry == ledger.read(catalogue.folder)[-1].n
    (model,) = traced.models
    assert (model.name, model.base, model.licence, model.known) == ("look", ("base",), "own", True)
    assert {lent.shot for lent in model.trained_on} == {
        "Desert/sc010",
        "Desert/sc020",
        "Harbour/sc010",
        "Harbour/sc020",
    }
    assert all("cleared by Harbour Films for world" in lent.terms for lent in model.trained_on)
    assert all("signed off by Lena Legal on 2026-01-10" in lent.terms for lent in model.trained_on)
    assert traced.withdrawn == ()


def test_rights_are_those_of_then(studio, tmp_path):
    catalogue, made = studio
    set_rights(catalogue, "Desert", write_rights(tmp_path, owner="Somebody Else", uses="[reference]"))
    terms = {lent.title: lent.terms for lent in trace(made, catalogue.folder).models[0].trained_on}
    assert "cleared by Harbour Films" in terms["Desert"]


def test_a_withdrawal_names_every_model_and_result_that_came_of_it(studio):
    catalogue, made = studio
    done = withdraw(catalogue, "Harbour", "contract ended")
    assert [model["name"] for model in done.models] == ["base", "look"]
    assert done.results == (str(made).replace("1001", "####"),)
    entry = ledger.read(catalogue.folder)[-1]
    assert entry.kind == "withdrawal" and [m["name"] for m in entry.what["models"]] == ["base", "look"]
    traced = trace(made, catalogue.folder)
    assert traced.withdrawn == ("Harbour",) == traced.models[0].withdrawn
    assert {lent.title for lent in traced.models[0].trained_on if lent.withdrawn} == {"Harbour"}
    told = check(catalogue, on=TODAY).withdrawn
    assert sum("train it anew" in line for line in told) == 2 and any("clean.####.exr came of" in line for line in told)


def test_a_result_that_is_added_as_footage_is_part_of_what_it_came_of(studio, tmp_path):
    catalogue, made = studio
    add(catalogue, made.parent, title="Ours", rights=write_rights(tmp_path))
    cleared(catalogue, "Ours", "training", on=TODAY)
    assert "Ours/clean.1001" in withdraw(catalogue, "Harbour").shots
    with pytest.raises(RightsError, match="withdrawn as part of Harbour"):
        cleared(catalogue, "Ours", "training", on=TODAY)


def test_what_did_not_come_of_it_is_left_alone(studio, tmp_path):
    catalogue, _ = studio
    names = {
        entry.what["name"]: entry.what["sha256"] for entry in ledger.read(catalogue.folder) if entry.kind == "model"
    }
    withdraw(catalogue, "Harbour")
    cleared_model(catalogue, names["dry"], on=TODAY)
    for name in ("base", "look"):
        words = f"model {name} can't be used: it was trained on Harbour/sc0.0, and Harbour was withdrawn on"
        with pytest.raises(RightsError, match=words) as told:
            cleared_model(catalogue, names[name], on=TODAY)
        assert "Train it anew" in told.value.remedy


def test_a_model_may_be_used_while_its_shots_are_cleared(studio, tmp_path):
    catalogue, _ = studio
    names = {
        entry.what["name"]: entry.what["sha256"] for entry in ledger.read(catalogue.folder) if entry.kind == "model"
    }
    with pytest.raises(RightsError, match="the ledger doesn't know this model"):
        cleared_model(catalogue, "0" * 64)
    set_rights(catalogue, "Desert", write_rights(tmp_path, until="2026-11-25"))
    with pytest.raises(RightsError, match="model dry can't be used: Desert/sc010: the rights expired"):
        cleared_model(catalogue, names["dry"], on=TODAY)
    cleared_model(catalogue, names["dry"], on=date(2026, 11, 25))
    cleared_model(catalogue, names["base"], on=TODAY)
    remove(catalogue, "Harbour/sc010")
    with pytest.raises(RightsError, match="Harbour/sc010, which model base was trained on, isn't in the catalogue"):
        cleared_model(catalogue, names["base"], on=TODAY)


def test_what_the_training_masked_counts_as_masked(tmp_path):
    with stock(tmp_path, exclusions="[{what: faces}]") as catalogue:
        run = record_training(
            catalogue, "look", shots_of(catalogue), {"Harbour/sc010": ["faces"], "Harbour/sc020": ["faces"]}
        )
        half = record_training(catalogue, "half", shots_of(catalogue), {"Harbour/sc010": ["faces"]})
        bare = record_training(catalogue, "bare", shots_of(catalogue))
        one = record_model(catalogue, "look", weights(tmp_path / "a", b"a"), run)
        other = record_model(catalogue, "bare", weights(tmp_path / "b", b"b"), bare)
        cleared_model(catalogue, one.what["sha256"], on=TODAY)
        third = record_model(catalogue, "half", weights(tmp_path / "c", b"c"), half)
        for bad in (other, third):
            with pytest.raises(RightsError, match="excluded from generation: faces"):
                cleared_model(catalogue, bad.what["sha256"], on=TODAY)


def test_a_file_that_was_changed_since_is_not_the_one_that_was_made(studio, make_exr):
    catalogue, made = studio
    result_file(make_exr, made, seed=2)
    traced = trace(made, catalogue.folder)
    assert traced.entry == 0 and traced.models == ()
    assert any("this one was changed since" in note for note in traced.notes)


def test_without_a_catalogue_the_file_tells_what_it_can(studio):
    _, made = studio
    traced = trace(made)
    assert traced.frames == {1003: 12} and traced.models == () and traced.entry == 0
    assert traced.told_by == ("its channels fill.source and fill.from",)


def test_a_file_without_a_record_says_so(tmp_path, make_exr, half_noise):
    path = make_exr(tmp_path / "plain.exr", half_noise("RGB"))
    assert "Nothing says how this file was made" in trace(path).notes[0]
    png = tmp_path / "a.png"
    import cv2

    cv2.imwrite(str(png), np.zeros((4, 4, 3), np.uint8))
    assert "Nothing says" in trace(png).notes[0]
    with pytest.raises(InputError, match="can't be read"):
        trace(tmp_path / "none.exr")


def test_a_sidecar_tells_models_and_what_was_read(tmp_path, make_exr):
    source = tmp_path / "footage"
    source.mkdir()
    write_frames(make_exr, source, "surf", (1, 2))
    made = result_file(make_exr, tmp_path / "out" / "new.1001.exr")
    digest = [hashlib.sha256((source / f"surf.{n}.exr").read_bytes()).hexdigest() for n in (1, 2)]
    sidecar = {
        "engine": {"name": "patch"},
        "models": [{"name": "painter", "sha256": "ab" * 32, "licence": "own", "trained_on": "our films"}],
        "frames": [
            {"frame": 1001, "file": made.name, "sha256": hashlib.sha256(made.read_bytes()).hexdigest()},
        ],
        "inputs": [
            {"field": "like", "files": [{"path": f"surf.{n}.exr", "sha256": d} for n, d in enumerate(digest, 1)]}
        ],
    }
    (made.parent / "new.vfxai.json").write_text(json.dumps(sidecar))
    (made.parent / "other.vfxai.json").write_text("[not json")
    with opened(tmp_path / "lib", make=True) as catalogue:
        add(catalogue, source, title="Sea", rights=write_rights(tmp_path))
        traced = trace(made, catalogue.folder)
        assert traced.engines == ("patch",) and "new.vfxai.json" in traced.told_by
        (model,) = traced.models
        assert (model.name, model.known, model.told, model.licence) == ("painter", False, "our films", "own")
        (lent,) = traced.references
        assert (lent.shot, lent.known_as) == ("Sea/surf", "read as like, by what its files hold")
        withdraw(catalogue, "Sea")
        assert trace(made, catalogue.folder).withdrawn == ("Sea",)


def test_a_changed_ledger_traces_nothing(studio):
    catalogue, made = studio
    path = ledger.file_of(catalogue.folder)
    path.write_text(path.read_text().replace("look.safetensors", "book.safetensors"))
    with pytest.raises(VerifyError, match=r"entry \d+ \(model look"):
        trace(made, catalogue.folder)


def test_a_plate_made_of_the_catalogue_is_cleared_entered_and_traced(tmp_path, make_exr):
    write_frames(make_exr, tmp_path / "in", "surf", (1,), size=(64, 64))
    lib, out = tmp_path / "lib", tmp_path / "out" / "new.exr"
    vfx_ai.catalogue_add(lib, tmp_path / "in", title="Sea", rights=write_rights(tmp_path, territory="DE"))
    with pytest.raises(RightsError, match="reference isn't cleared for the whole world"):
        vfx_ai.generate("Sea/surf.1", out, catalogue=lib, device="cpu")
    assert not out.parent.exists()
    with pytest.raises(JobError, match="no shot of the catalogue"):
        vfx_ai.generate("Sea/turf", out, catalogue=lib)
    with pytest.raises(JobError, match="there is no mask"):
        vfx_ai.generate("Sea/surf.1", out, catalogue=lib, territory="DE", masked="faces")
    vfx_ai.generate("Sea/surf.1", out, catalogue=lib, territory="DE", device="cpu", size="48x40")
    traced = vfx_ai.trace(out, lib)
    assert [(lent.shot, lent.withdrawn) for lent in traced.references] == [("Sea/surf.1", "")]
    assert traced.engines == ("synthesis",) and traced.entry  # of its header and of the ledger
    made = vfx_ai.catalogue_withdraw(lib, "Sea", "asked for")
    assert made.results == (str(out),)
    assert vfx_ai.trace(out, lib).withdrawn == ("Sea",)


def results_in(catalogue):
    return [entry for entry in ledger.read(catalogue) if entry.kind == "result"]


def test_a_plate_of_the_catalogue_is_entered_once_and_its_sidecar_names_that_entry(tmp_path, make_exr, monkeypatch):
    write_frames(make_exr, tmp_path / "in", "surf", (1,), size=(64, 64))
    lib, out = tmp_path / "lib", tmp_path / "out" / "new.exr"
    vfx_ai.catalogue_add(lib, tmp_path / "in", title="Sea", rights=write_rights(tmp_path, territory="DE"))
    for where in ("", str(lib)):
        monkeypatch.setenv("VFX_AI_CATALOGUE", where)
        vfx_ai.generate("Sea/surf.1", out, catalogue=lib, territory="DE", device="cpu", size="48x40")
        (entry,) = results_in(lib)
        assert (entry.what["territory"], entry.what["masked"], entry.what["kind"]) == ("DE", [], "plate_generate")
        assert [fact["shot"] for fact in entry.what["references"]] == ["Sea/surf.1"]
        rights = json.loads((out.parent / "new.vfxai.json").read_text())["rights"]
        assert (rights["entry"], rights["hash"]) == (entry.n, entry.hash)


def test_a_plate_of_the_catalogue_that_cannot_be_entered_is_an_error_and_has_its_sidecar(
    tmp_path, make_exr, monkeypatch
):
    write_frames(make_exr, tmp_path / "in", "surf", (1,), size=(64, 64))
    lib, out = tmp_path / "lib", tmp_path / "out" / "new.exr"
    vfx_ai.catalogue_add(lib, tmp_path / "in", title="Sea", rights=write_rights(tmp_path))

    def full(*_):
        raise OutputError("the ledger can't be written: no space", file=lib)

    with monkeypatch.context() as patched, pytest.raises(OutputError, match="ledger can't be written"):
        patched.setattr(ledger, "_write", full)
        vfx_ai.generate("Sea/surf.1", out, catalogue=lib, device="cpu", size="48x40")
    assert (out.parent / "new.vfxai.json").is_file()
    vfx_ai.generate("Sea/surf.1", out, catalogue=lib, device="cpu", size="48x40")
    assert len(results_in(lib)) == 1


def test_every_reference_enters_also_one_frame_of_a_shot(tmp_path, make_exr, monkeypatch):
    sea, air = tmp_path / "sea", tmp_path / "air"
    lib, out = tmp_path / "lib", tmp_path / "out" / "new.####.exr"
    for folder, name, color in ((sea, "surf", (0.1, 0.2, 0.3)), (air, "sky", (0.3, 0.3, 0.5))):
        write_frames(make_exr, folder, name, (1001, 1002), size=(64, 64), color=color)
        vfx_ai.catalogue_add(lib, folder, title=name.title(), rights=write_rights(tmp_path))
    monkeypatch.setenv("VFX_AI_CATALOGUE", str(lib))
    like = (sea / "surf.####.exr", air / "sky.1002.exr")
    vfx_ai.generate(like, out, device="cpu", size="48x40", frames=2)
    (entry,) = results_in(lib)
    assert [fact["shot"] for fact in entry.what["references"]] == ["Surf/surf", "Sky/sky"]
    file = next(out.parent.glob("new.*.exr"))
    assert {lent.shot for lent in vfx_ai.trace(file).references} == {"Surf/surf", "Sky/sky"}
    assert vfx_ai.catalogue_withdraw(lib, "Surf", "asked for").results == (str(out),)
    assert vfx_ai.catalogue_withdraw(lib, "Sky", "asked for").results == (str(out),)
    assert vfx_ai.trace(file).withdrawn == ("Sky", "Surf")


def test_what_lends_no_pixels_is_none_of_the_shots_that_went_in(tmp_path, make_exr):
    source = tmp_path / "footage"
    write_frames(make_exr, source, "surf", (1, 2))
    hashes = [hashlib.sha256((source / f"surf.{n}.exr").read_bytes()).hexdigest() for n in (1, 2)]
    with opened(tmp_path / "lib", make=True) as catalogue:
        add(catalogue, source, title="Sea", rights=write_rights(tmp_path))
        says = known(catalogue.folder)
        for field in ("matte", "mask", "camera", "matte_objects"):
            assert lenders(catalogue, says, [(field, hashes), (field, hashes[:1])]) == []
        for some in (hashes, hashes[1:], ["0" * 64, hashes[0]]):
            ((field, what),) = lenders(catalogue, says, [("plate", []), ("like", some), ("image", some)])
            assert (field, what["shot"]) == ("like", "Sea/surf")
        assert lenders(catalogue, says, [("like", ["0" * 64])]) == []


def command(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_commands_do_it_too(tmp_path, make_exr, studio):
    catalogue, made = studio
    lib = catalogue.folder
    write_frames(make_exr, tmp_path / "new footage", "plate", (1, 2))
    rights = write_rights(tmp_path, "new.yaml", uses="[reference]")
    done = command(
        *("catalogue", "add", tmp_path / "new footage", "--catalogue", lib, "--title", "New"),
        *("--rights", rights, "--tags", "night,sea", "--json"),
    )
    assert done.exit_code == 0 and lines(done)[-1]["shots"] == ["New/plate"]
    assert "New/plate" in command("catalogue", "list", "--catalogue", lib, "--tag", "sea").stdout
    assert "New" in command("catalogue", "list", "--catalogue", lib, "--titles").stdout
    assert lines(command("catalogue", "list", "--catalogue", lib, "--json"))[-1]["name"] == "New/plate"
    shown = command("catalogue", "show", "New/plate", "--catalogue", lib, "--thumbnail", tmp_path / "t.jpg").stdout
    assert "signed off" in shown and (tmp_path / "t.jpg").is_file()
    assert "New/plate" in command("catalogue", "find", "night", "--catalogue", lib).stdout
    assert lines(command("catalogue", "find", "--color", "grey", "--catalogue", lib, "--json"))[0]["score"] > 0
    refused = command("catalogue", "cleared", "training", "--title", "New", "--catalogue", lib)
    assert refused.exit_code == 7 and "training isn't cleared, only reference" in refused.stdout
    assert command("catalogue", "cleared", "reference", "--title", "New", "--catalogue", lib).exit_code == 0
    assert "Harbour Films" in command("catalogue", "rights", rights).stdout
    assert command("catalogue", "rights", rights, "--title", "New").exit_code == 2
    assert command("catalogue", "rights", rights, "--title", "New", "--catalogue", lib).exit_code == 0
    assert command("catalogue", "remove", "New", "--catalogue", lib, "--json").exit_code == 0
    assert command("catalogue", "check", "--catalogue", lib).exit_code == 5  # no footage lies behind these rows
    assert "train anew" in command("catalogue", "withdraw", "Harbour", "--why", "x", "--catalogue", lib).stdout
    told = command("trace", made, "--catalogue", lib).stdout
    for words in ("temporal", "12 (60.0%): another frame", "trained on", "withdrawn on", "must be made anew"):
        assert words in told
    assert lines(command("trace", made, "--catalogue", lib, "--json"))[0]["withdrawn"] == ["Harbour"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("list", "--catalogue", "none"), 3, "there is no catalogue"),
        (("add", "none", "--catalogue", "lib", "--title", "T"), 3, "no file matches"),
        (
            ("add", ".", "--catalogue", "lib", "--title", "T", "--rights", "none.yaml"),
            3,
            "the rights file can't be read",
        ),
        (("cleared", "selling", "--catalogue", "lib"), 3, "there is no catalogue"),
        (("add", "."), 2, "title"),
    ],
)
def test_what_can_go_wrong_is_one_line(words, code, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = command("catalogue", *words)
    assert done.exit_code == code
    assert told in done.stderr or code == 2
    assert "Traceback" not in done.output


def test_the_python_door_lists_shows_and_checks(tmp_path):
    with stock(tmp_path) as catalogue:
        put(catalogue, "Harbour", "sc030", tags=["boat"])
        lib = catalogue.folder
        found = find_shot(catalogue, "Harbour/sc030")
    assert vfx_ai.catalogue_list(lib, tag="boat") == (found,)
    assert [title.shots for title in vfx_ai.catalogue_titles(lib)] == [3]
    assert vfx_ai.catalogue_find(lib, "boat")[0].shot == found
    assert vfx_ai.catalogue_thumbnail(lib, "Harbour/sc030") == b"jpeg"
    assert len(vfx_ai.catalogue_cleared(lib, "training", shots=["Harbour/sc010"]).allowed) == 1
    assert not vfx_ai.catalogue_check(lib).passed
    assert vfx_ai.catalogue_rights(lib, "Harbour", write_rights(tmp_path)).owner == "Harbour Films"
    assert vfx_ai.catalogue_remove(lib, "Harbour") == ("Harbour/sc010", "Harbour/sc020", "Harbour/sc030")
