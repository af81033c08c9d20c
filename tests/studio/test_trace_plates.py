"""New plates of the catalogue's footage: cleared, entered once, and traced to the shots that lent them pixels."""

from __future__ import annotations

import hashlib
import json

import pytest
from studios import write_frames, write_rights

import vfx_ai
from vfx_ai.errors import JobError, OutputError, RightsError
from vfx_ai.studio import ledger
from vfx_ai.studio.catalogue_add import add
from vfx_ai.studio.catalogue_base import opened
from vfx_ai.studio.descent import known
from vfx_ai.studio.lenders import lenders


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
