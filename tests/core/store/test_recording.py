"""A run that is written down while it goes: what is behind, and where it may be taken up."""

from pathlib import Path
from time import monotonic, sleep

from linreg.cli.training import unwatched
from linreg.data import bundled
from linreg.session.start import RecordedStart, StartedRun, StartOptions
from linreg.store import checkpoint
from linreg.store.recording import Recording
from linreg.store.store import RunStore
from patience import PATIENCE


def started() -> tuple[StartedRun, Recording]:
    recipe = bundled.find("exercise1").changed(epochs=40, every=1, engine="gram")
    run = RecordedStart().begin(recipe, unwatched, StartOptions(speed=float("inf"), is_playing=False))
    assert run.recording is not None
    return run, run.recording


def go(run: StartedRun, recording: Recording, epoch: int) -> None:
    run.live.go_to(epoch)
    while run.live.phase.is_moving:
        recording.add(run.live.work())


def caught_up(recording: Recording) -> None:
    end = monotonic() + PATIENCE
    while recording.is_behind:
        assert monotonic() < end
        assert recording.notices() == ()
        sleep(0.002)


def test_a_recording_is_behind_until_all_is_written(own_home: Path) -> None:
    run, recording = started()
    go(run, recording, 20)
    found = [recording.is_behind]
    caught_up(recording)
    found.append(recording.is_behind)
    assert found == [True, False]
    with RunStore(own_home) as store:
        assert len(store.epochs(recording.run.id)) == 21
    assert recording.finish("killed")


def test_a_checkpoint_is_taken_where_the_run_has_never_been_further_and_once(own_home: Path) -> None:
    run, recording = started()
    recording.put_aside()  # before the first epoch there is nothing to go on from
    go(run, recording, 20)
    recording.put_aside()
    caught_up(recording)
    folder = own_home / "runs" / recording.run.id
    first = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert checkpoint.load(folder).checkpoint.snapshot.epoch == 20
    recording.put_aside()
    go(run, recording, 5)
    recording.put_aside()
    caught_up(recording)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == first
    go(run, recording, 30)
    assert recording.finish("killed")
    assert checkpoint.load(folder).checkpoint.snapshot.epoch == 30
