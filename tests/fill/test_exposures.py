"""Light for a model and back: one exposure where that is enough, several where it isn't, and what stays unknown."""

from __future__ import annotations

import torch

from vfx_ai.fill.crops import crops, fitted_size, tile_weight, tiles
from vfx_ai.fill.exposures import Exposure, exposed, exposure_for
from vfx_ai.media.frame import Window

SIZE = (40, 48)


def scene(lamp: float) -> tuple[torch.Tensor, torch.Tensor]:
    """A wall of 0.1 to 0.4 with a lamp that a hole hides half of."""
    wall = (0.1 + 0.3 * torch.linspace(0, 1, SIZE[1])).expand(3, *SIZE).clone()
    wall[:, 14:26, 16:32] = lamp
    hole = torch.zeros(SIZE, dtype=torch.bool)
    hole[8:32, 22:40] = True
    return wall, hole


class Clairvoyant:
    """A model that knows what lies behind a hole, and shows it as well as its 0..1 can."""

    def __init__(self, truth: torch.Tensor, around: torch.Tensor) -> None:
        self.truth, self.around, self.exposures = truth, around, list[float]()

    def __call__(self, code: torch.Tensor, mask: torch.Tensor, index: int) -> torch.Tensor:
        # What it is shown tells the exposure.
        row = self.around.nonzero()[0]
        shown, light = code[0, row[0], row[1]], self.truth[0, row[0], row[1]]
        gain = float(Exposure(1.0).decode(shown.expand(3, 1, 1))[0, 0, 0] / light)
        self.exposures.append(gain)
        return torch.where(mask, Exposure(gain).encode(self.truth), code)


def test_light_comes_back_from_its_code() -> None:
    light = torch.tensor([0.0, 0.001, 0.18, 1.0, 2.4]).expand(3, 1, 5)
    for gain in (1.0, 0.01, 7.0):
        there = Exposure(gain)
        back = there.decode(there.encode(light / gain))
        assert torch.allclose(back, light / gain, rtol=1e-4, atol=1e-6 / gain)
    assert Exposure(0.5).ceiling == 5.0


def test_surroundings_lie_at_mid_grey() -> None:
    wall, hole = scene(0.3)
    code = exposure_for(40 * wall, ~hole).encode(40 * wall)
    assert 0.4 < float(code[:, ~hole].median()) < 0.6
    nothing = torch.zeros_like(hole)
    assert abs(exposure_for(torch.full_like(wall, 0.18), nothing).gain - 1) < 1e-5
    assert 0.4 < float(exposure_for(40 * wall, nothing).encode(40 * wall).median()) < 0.6  # then by all of it


def test_one_exposure_is_enough_for_a_plain_wall() -> None:
    wall, hole = scene(0.3)
    done = exposed(wall * ~hole, hole, ~hole, Clairvoyant(wall, ~hole))
    assert done.passes == 1 and done.over == 0
    assert torch.allclose(done.scene, wall, rtol=2e-3) and torch.equal(done.scene[:, ~hole], wall[:, ~hole])


def test_several_exposures_bring_a_lamp_back() -> None:
    truth, hole = scene(300.0)
    model = Clairvoyant(truth, ~hole)
    done = exposed(truth * ~hole, hole, ~hole, model)
    assert done.passes > 1 and done.over == 0
    assert all(after < before for before, after in zip(model.exposures, model.exposures[1:], strict=False))
    assert torch.allclose(done.scene, truth, rtol=0.02)


def test_what_is_brighter_than_all_that_is_known_is_told() -> None:
    truth, hole = scene(300.0)
    around = ~hole & (truth[0] < 1)
    done = exposed(truth * ~hole, hole, around, Clairvoyant(truth, around))
    lamp = hole & (truth[0] > 1)
    assert done.passes == 1 and done.over == int(lamp.sum())
    assert bool((done.scene[:, lamp] > 0.9 * done.ceiling).all())


def test_holes_are_cropped_with_what_is_around() -> None:
    region = torch.zeros((300, 500), dtype=torch.bool)
    region[20:40, 20:60] = region[200:230, 400:420] = True
    assert crops(region) == [Window(0, 0, 108, 88), Window(352, 152, 468, 278)]
    assert crops(torch.zeros_like(region)) == []


def test_tiles_cover_a_picture_and_count_as_one() -> None:
    size = (70, 100)
    total = torch.zeros(size)
    for tile in tiles(size, 40):
        assert tile.width == tile.height == 40
        total[tile.y0 : tile.y1, tile.x0 : tile.x1] += tile_weight(tile, size)
    assert float(total.min()) > 0.1
    assert tiles((30, 20), 40) == [Window(0, 0, 20, 30)]
    assert fitted_size((200, 100), 64, 16, 4.0) == (64, 32) and fitted_size((10, 10), 64, 16, 4.0) == (32, 32)


def test_where_all_may_change_light_that_a_model_keeps_comes_back_as_bright_as_it_was() -> None:
    """An edit of whole pictures: nothing around is known, and the lamp is in what may change."""
    scene = torch.full((3, 24, 32), 0.4)
    scene[:, 8:14, 10:16] = 60.0
    everywhere = torch.ones((24, 32), dtype=torch.bool)
    done = exposed(scene, everywhere, ~everywhere, lambda code, mask, index: code)
    assert done.passes > 1 and done.over == 0
    assert torch.allclose(done.scene[:, 9:13, 11:15], scene[:, 9:13, 11:15], rtol=0.02)
    assert torch.allclose(done.scene[:, 20:], scene[:, 20:], rtol=0.02)
