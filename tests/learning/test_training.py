"""Training: it learns, it never sees the object, it goes on to the same bits, and what goes wrong loses nothing."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest
import torch
from rendered import save, waves, write_rgb

from vfx_ai.errors import InputError, Interrupted, OutputError
from vfx_ai.learning import checkpoint as kept
from vfx_ai.learning.footage import Footage, chosen, footage, look_at
from vfx_ai.learning.levels import levels_of, pyramid, smoothed, upon
from vfx_ai.learning.loop import NotFinite, Recipe, Training, train
from vfx_ai.learning.network import Shape
from vfx_ai.learning.sample import made, rows
from vfx_ai.media.sequence import find_sequence
from vfx_ai.shot import MatteOptions, Shot

SIZE, FRAMES = (44, 72), range(1001, 1004)
HOLE = (slice(14, 30), slice(30, 46))
CPU = torch.device("cpu")
LEVELS = levels_of(*SIZE)


def shot(folder: Path, under: float = 9.0) -> Shot:
    """A wall with an object before it, whose pixels are `under`."""
    folder.mkdir(parents=True, exist_ok=True)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float64)
    for number in FRAMES:
        plate = waves(x + 3 * (number - 1001), y, 3, 6, 30).astype(np.float32)
        plate[HOLE] = under
        matte = np.zeros(SIZE, np.float32)
        matte[HOLE] = 1
        write_rgb(folder / f"plate.{number}.exr", plate, (0, 0), SIZE[::-1])
        save(folder / f"matte.{number}.exr", {"A": matte})
    found = (find_sequence(str(folder / f"{name}.####.exr")) for name in ("plate", "matte"))
    return Shot(*found, "RGB", MatteOptions(), CPU, 2**26)


def seen(folder: Path, under: float = 9.0, clip: int = 1) -> Footage:
    made = footage(list(FRAMES), look_at(shot(folder, under)), SIZE, clip, 2**26, LEVELS)
    assert made is not None
    return made


def begun(footages: Footage, *, width: int = 4, rate: float = 1e-3, seed: int = 1) -> Training:
    training = Training(Recipe(Shape(width, LEVELS), seed, 2, 16, rate=rate), [footages], CPU)
    training.begin()
    return training


def same(one: Training, other: Training) -> bool:
    pairs = zip(one.network.state_dict().values(), other.network.state_dict().values(), strict=True)
    means = zip(one.mean.state_dict().values(), other.mean.state_dict().values(), strict=True)
    return one.losses == other.losses and all(torch.equal(a, b) for a, b in [*pairs, *means])


def test_it_learns(tmp_path: Path) -> None:
    training = begun(seen(tmp_path), width=8, rate=4e-3)
    batches = [training.exercises.batch(step) for step in range(8)]

    def wrong() -> float:
        with torch.no_grad():
            losses = [training.loss(b, torch.Generator().manual_seed(i)) for i, b in enumerate(batches)]
        return float(torch.stack(losses).mean())

    before = wrong()
    train(training, 50)
    assert wrong() < 0.95 * before


@pytest.mark.parametrize("under", [0.0, 5000.0, float("nan")])
def test_pixels_under_the_matte_change_no_weight(tmp_path: Path, under: float) -> None:
    one, other = begun(seen(tmp_path / "a")), begun(seen(tmp_path / "b", under))
    for training in (one, other):
        train(training, 8)
    assert same(one, other)


def test_what_the_matte_hides_is_never_a_target_nor_shown(tmp_path: Path) -> None:
    training = begun(seen(tmp_path))
    for step in range(30):
        batch = training.exercises.batch(step)
        assert not bool((batch.known & batch.target).any())
        assert batch.light.abs().max() < 9  # the object is 8.8 stops of log code; the wall less than 7


def test_the_seed_decides_and_another_one_decides_otherwise(tmp_path: Path) -> None:
    footages = seen(tmp_path)
    one, other, third = begun(footages), begun(footages), begun(footages, seed=2)
    for training in (one, other, third):
        train(training, 5)
    assert same(one, other) and not same(one, third)


def test_it_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    footages, path = seen(tmp_path / "shot"), tmp_path / "run.safetensors"
    whole = begun(footages)
    train(whole, 12)
    half = begun(footages)

    def stop(training: Training) -> None:
        if training.step == 7:
            raise Interrupted("stopped")

    with pytest.raises(Interrupted):
        train(half, 12, keep=lambda at: kept.keep_checkpoint(path, at, {"inputs": [1]}), told=stop)
    again = Training(half.recipe, [footages], CPU)
    assert kept.go_on(path, again, [1]) and again.step == 7
    train(again, 12)
    assert same(whole, again)


def test_a_checkpoint_of_another_training_is_not_gone_on_from(tmp_path: Path) -> None:
    footages, path = seen(tmp_path / "shot"), tmp_path / "run.safetensors"
    training = begun(footages)
    kept.keep_checkpoint(path, training, {"inputs": [1]})
    assert not kept.go_on(path, begun(footages), [2])
    assert not kept.go_on(path, begun(footages, seed=3), [1])


def test_a_loss_that_is_no_number_ends_it_with_the_last_good_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    footages, path = seen(tmp_path / "shot"), tmp_path / "run.safetensors"
    training, loss = begun(footages), Training.loss

    def breaks(self: Training, *given: object) -> torch.Tensor:
        return loss(self, *given) * (float("nan") if self.step == 4 else 1)  # type: ignore[arg-type]

    monkeypatch.setattr(Training, "loss", breaks)
    with pytest.raises(NotFinite, match="the loss of step 5 is nan"):
        train(training, 12, keep=lambda at: kept.keep_checkpoint(path, at, {"inputs": 0}))
    again = Training(training.recipe, [footages], CPU)
    assert kept.go_on(path, again, 0) and again.step == 4
    assert all(bool(torch.isfinite(weight).all()) for weight in again.network.parameters())


def test_a_full_disk_ends_it_and_the_checkpoint_before_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    footages, path = seen(tmp_path / "shot"), tmp_path / "run.safetensors"
    training = begun(footages)
    train(training, 3, keep=lambda at: kept.keep_checkpoint(path, at, {"inputs": 0}))

    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(OutputError, match="No space left"):
            train(training, 6, keep=lambda at: kept.keep_checkpoint(path, at, {"inputs": 0}))
    again = Training(training.recipe, [footages], CPU)
    assert kept.go_on(path, again, 0) and again.step == 3
    assert not list(tmp_path.glob(".*part*"))


def test_a_model_is_safetensors_with_its_record_inside(tmp_path: Path) -> None:
    training, path = begun(seen(tmp_path / "shot")), tmp_path / "ours.safetensors"
    kept.keep_model(path, training.mean, {"shots": ["A"], "seed": 1})
    network, record = kept.read_model(path, CPU)
    assert record["shots"] == ["A"] and record["shape"] == {"width": 4, "levels": LEVELS}
    assert kept.read_record(path) == record
    for name, value in training.mean.state_dict().items():
        assert torch.equal(network.state_dict()[name], value)


@pytest.mark.parametrize("data", [b"", b"not safetensors at all", b"\xff" * 64])
def test_a_damaged_model_is_one_clear_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(data)
    for read in (kept.read_record, lambda at: kept.read_model(at, CPU)):
        with pytest.raises(InputError, match=r"bad\.safetensors"):
            read(path)


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    path = tmp_path / "other.safetensors"
    save_file({"a": torch.zeros(3)}, path, {"format": "pt"})
    with pytest.raises(InputError, match="no record of a training"):
        kept.read_model(path, CPU)
    save_file({"a": torch.zeros(3)}, path, {kept.RECORD: '{"kind": "lora"}'})
    with pytest.raises(InputError, match="no model that was trained from scratch"):
        kept.read_model(path, CPU)


def test_frames_are_spread_over_a_long_shot_in_runs_of_neighbors() -> None:
    numbers, starts = chosen(range(1001, 1101), 9, 3)
    assert numbers == [1001, 1002, 1003, 1050, 1051, 1052, 1098, 1099, 1100] or len(numbers) == 9
    assert all(numbers[s + 2] == numbers[s] + 2 for s in starts) and len(starts) == 3
    assert chosen([5], 9, 3) == ([5], [0]) and chosen([], 4, 1) == ([], [])


def test_all_that_is_hidden_is_nothing_to_learn_from(tmp_path: Path) -> None:
    made = shot(tmp_path)
    for number in FRAMES:
        save(tmp_path / f"matte.{number}.exr", {"A": np.ones(SIZE, np.float32)})
    assert footage(list(FRAMES), look_at(made), SIZE, 1, 2**26, LEVELS) is None


def test_what_lies_beyond_the_picture_is_no_hole_and_no_height(tmp_path: Path) -> None:
    footages = seen(tmp_path)
    level = footages.levels[-1]
    padded = level.known.shape[-2:]
    assert footages.picture == SIZE and padded != SIZE
    for index in range(LEVELS):
        holes = footages.holes(index)
        assert holes.any() and not holes[:, footages.within(index)[0].stop :].any()
        assert not holes[..., footages.within(index)[1].stop :].any()
    assert int(footages.holes(LEVELS - 1)[0].sum()) == 16 * 16
    training = begun(footages)
    for step in range(30):
        batch = training.exercises.batch(step)
        if batch.level == 0:  # as `sample.made` tells it of the same picture
            tall = SIZE[0] / 2 ** (LEVELS - 1)
            assert torch.equal(batch.heights[0], rows(batch.light.shape[-2], tall))
            return
    raise AssertionError("no exercise was of the coarsest level")


def test_a_shot_without_a_matte_has_no_holes_of_its_own(tmp_path: Path) -> None:
    made = shot(tmp_path)
    for number in FRAMES:
        save(tmp_path / f"matte.{number}.exr", {"A": np.zeros(SIZE, np.float32)})
    footages = footage(list(FRAMES), look_at(made), SIZE, 1, 2**26, LEVELS)
    assert footages is not None and not any(footages.holes(level).any() for level in range(LEVELS))


def test_what_is_expected_meets_what_is_known_and_untrained_that_is_what_is_made(tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(1)
    y, x = torch.meshgrid(torch.arange(48.0), torch.arange(64.0), indexing="ij")
    light = torch.stack([0.05 * x, 0.02 * y, 0.01 * (x + y)])[None] + 0.05 * torch.randn(
        (2, 3, 48, 64), generator=generator
    )
    known = torch.ones((2, 48, 64), dtype=torch.bool)
    known[0, 10:30, 20:44], known[1, :, 40:] = False, False
    level = pyramid(light, known, 2)
    tone = upon(
        torch.where(level[1].known[:, None], level[1].light, smoothed(level[1].light, level[1].known)), light, known
    )
    assert torch.allclose(tone[known[:, None].expand_as(tone)], light[known[:, None].expand_as(light)], atol=1e-5)
    for frame in range(2):  # one by one they are the same
        alone = smoothed(light[frame : frame + 1], known[frame : frame + 1])
        assert torch.allclose(smoothed(light, known)[frame], alone[0], atol=5e-3)
    assert not bool(smoothed(light, torch.zeros_like(known)).any())
    # A network that learned nothing adds nothing: beside the hole's edge there is no step.
    training = begun(seen(tmp_path))
    wall = torch.full((1, 3, *SIZE), 0.4)
    there = torch.ones((1, *SIZE), dtype=torch.bool)
    there[0, 14:30, 30:46] = False
    whole = made(training.mean, wall, there, [1], detail=0, structure=0)
    assert float((whole - wall).abs().max()) < 1e-3


def test_a_checkpoint_that_lacks_a_part_is_one_clear_error(tmp_path: Path) -> None:
    footages, path = seen(tmp_path / "shot"), tmp_path / "run.safetensors"
    training = begun(footages)
    train(training, 2, keep=lambda at: kept.keep_checkpoint(path, at, {"inputs": 0}))
    tensors, record = kept.read_tensors(path)
    for broken in (
        {name: value for name, value in tensors.items() if name != "adam.3.exp_avg"},
        {**tensors, "adam.0.exp_avg": torch.zeros(3)},
        {**tensors, "losses": torch.zeros(5)},
        {**tensors, "losses": torch.tensor([1.0, float("nan")])},
    ):
        kept.keep_tensors(path, broken, record)
        with pytest.raises(InputError, match=r"run\.safetensors"):
            kept.go_on(path, begun(footages), 0)
    kept.keep_tensors(path, tensors, {**record, "step": None})
    with pytest.raises(InputError, match=r"run\.safetensors"):
        kept.go_on(path, begun(footages), 0)
