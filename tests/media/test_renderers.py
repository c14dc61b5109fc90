"""What the pipeline counts on from whatever draws the picture."""

from pathlib import Path

import numpy as np
import pytest
from tests.fakes.desk import make_goods, make_snapshot
from tests.fakes.drawing import PlainRenderer

import chophien
from chophien.domain.speech.visemes import Viseme
from chophien.streamer.face.pose import Pose
from chophien.streamer.face.puppet import Puppet
from chophien.streamer.pipeline import Renderer
from chophien.streamer.stage.stage import Stage
from chophien.streamer.views import stage_view

PACKAGE = Path(chophien.__file__).parent
WIDTH, HEIGHT = 180, 320


def real_stage(*, width: int, height: int) -> Stage:
    return Stage(
        width=width,
        height=height,
        face=Puppet(),
        pictures=PACKAGE / "web" / "static" / "pictures" / "goods",
        fonts=PACKAGE / "streamer" / "fonts",
        language="vi",
    )


@pytest.fixture(params=[PlainRenderer, real_stage], ids=["plain", "stage"])
def renderer(request) -> Renderer:
    return request.param(width=WIDTH, height=HEIGHT)


def test_contract_a_picture_is_what_the_encoder_takes(renderer):
    picture = renderer.render(stage_view(make_snapshot(make_goods()), None), Pose(at_s=1.0))

    assert picture.shape == (HEIGHT, WIDTH, 4)
    assert picture.dtype == np.uint8
    assert picture.flags["C_CONTIGUOUS"]
    assert picture[:, :, 3].min() == 255, "opaque"


def test_contract_an_open_mouth_looks_different(renderer):
    view = stage_view(make_snapshot(make_goods()), None)

    closed = renderer.render(view, Pose(at_s=1.0)).copy()
    opened = renderer.render(view, Pose(at_s=1.0, visemes={Viseme.AA: 1.0}))

    assert not np.array_equal(closed, opened)
