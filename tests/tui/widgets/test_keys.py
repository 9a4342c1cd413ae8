from pathlib import Path

import pytest

from linreg.recipe import Recipe
from linreg_tui.monitor.keys import MONITOR_KEYS, idle_keys, keys_of
from linreg_tui.widgets.keys import GAP, ONLY_IN_HELP, bindings, fitting, help_keys, key_groups, palette_commands


def test_no_key_is_bound_twice() -> None:
    keys = [binding.key for binding in bindings(MONITOR_KEYS)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("width", [30, 60, 80, 120, 200])
@pytest.mark.parametrize("n_lines", [1, 2])
def test_the_footer_never_clips_an_entry(width: int, n_lines: int) -> None:
    lines = fitting(key_groups(MONITOR_KEYS), width, n_lines)
    assert len(lines) <= n_lines
    for line in lines:
        assert sum(entry.width for entry in line) + GAP * (len(line) - 1) <= width


def test_running_stepping_and_quitting_stay_in_the_narrowest_footer() -> None:
    words = [group.word for line in fitting(key_groups(MONITOR_KEYS), 30, 1) for group in line]
    assert words == ["run", "step", "quit"]


@pytest.mark.parametrize("hold_out", [None, "0.2"])
def test_every_key_is_in_the_footer_of_a_large_screen(hold_out: str | None) -> None:
    keys = keys_of(Recipe(hold_out=hold_out), is_visit=False)
    idle = idle_keys(
        is_script=False, has_hand=not hold_out, n_curves=0 if hold_out else 1
    )  # what logs curves is a script, and holds none out
    shown = {key for line in fitting(key_groups(keys, idle=idle), 119, 2) for group in line for key, _ in group.keys}
    only_after_a_divergence = {"u"}
    wanted = {key.shown for key in keys if key.rank != ONLY_IN_HELP and key.action not in idle}
    assert shown == wanted - only_after_a_divergence
    assert ("b" in shown) == (hold_out is not None)


def test_what_recovers_from_a_divergence_comes_first_and_only_then() -> None:
    assert key_groups(MONITOR_KEYS, diverged=True)[0].keys == (("u", "recover"),)
    assert all(key != "u" for group in key_groups(MONITOR_KEYS) for key, _ in group.keys)


def test_keys_that_have_nothing_to_do_are_left_out() -> None:
    for n_curves, is_script in ((0, False), (2, False), (2, True)):
        groups = key_groups(MONITOR_KEYS, idle=idle_keys(is_script=is_script, has_hand=True, n_curves=n_curves))
        shown = {key for group in groups for key, _ in group.keys}
        assert ("C" in shown) == (n_curves > 0)
        assert ({"R", "o", "d", "v"} <= shown) == ({"R", "o", "d", "v"} & shown != set()) == (not is_script)


def test_every_key_has_a_line_of_help() -> None:
    assert {key.action for key in help_keys(MONITOR_KEYS)} == {key.action for key in MONITOR_KEYS} - {"palette"}


def test_what_the_palette_offers_is_what_a_key_does() -> None:
    bound = {binding.action for binding in bindings(MONITOR_KEYS)}
    offered = [action for _, action in palette_commands(MONITOR_KEYS)]
    assert set(offered) == bound - {"palette"}
    assert len(offered) == len(set(offered))


def test_the_keys_of_the_documentation_are_those_of_the_program() -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    for key in help_keys(MONITOR_KEYS):
        assert key.meaning in readme, f"README lacks {key.shown}: {key.meaning}"
