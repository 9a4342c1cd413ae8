"""A run that starts at given parameters: it starts there again, is taken up and is played back as any other."""

from math import inf
from pathlib import Path

import numpy as np
import pytest

from linreg.data import bundled
from linreg.phase import Phase
from linreg.replay.replay import open_replay
from linreg.session.resume import ResumedStart
from linreg.session.session import Session
from linreg.session.start import RecordedStart
from linreg.store.recorded_run import RecordedRun
from linreg.store.store import RunStore
from linreg.training.posing import pose
from linreg.training.trainer import Trainer
from patience import PATIENCE

START = "2.5,-1.25"


def test_it_is_kept_with_the_run_through_restart_resume_replay_and_export(own_home: Path) -> None:
    recipe = bundled.find("exercise1").changed(init=START, epochs=60, every=1)
    straight = np.concatenate([trace.parameters for trace in Trainer(pose(recipe))])
    with Session(recipe, speed=inf, paused=True, start=RecordedStart("there")) as session:
        standing = session.wait(lambda state: state.phase is Phase.PAUSED, PATIENCE)
        assert standing.parameters == pytest.approx([2.5, -1.25])
        session.go_to(20)
        session.wait(lambda state: state.epoch == 20, PATIENCE)
        session.restart()
        again = session.wait(lambda state: state.epoch == -1 and state.answered == 2, PATIENCE)
        np.testing.assert_array_equal(again.parameters, standing.parameters)
        session.go_to(30)
        session.wait(lambda state: state.epoch == 30, PATIENCE)
    with RunStore(own_home) as store:
        left = store.get("there")
    assert left.recipe.start == (2.5, -1.25)
    with Session(left.recipe, speed=inf, start=ResumedStart(own_home, left)) as session:
        session.wait(lambda state: state.phase is Phase.FINISHED, PATIENCE)
    with RunStore(own_home) as store:
        kept = RecordedRun.of(store, "there")
        replay = open_replay(store, "there")
    np.testing.assert_array_equal(kept.epochs.parameters, straight)
    np.testing.assert_array_equal(replay.facts.initial, standing.parameters)
