from typer.main import get_command

from linreg.cli.app import _app


def test_the_app_has_the_one_command_that_is_asked_for_or_all_of_them() -> None:
    every = list(get_command(_app("--help")).commands)  # type: ignore[attr-defined]
    assert "cross-validate" in every
    for name in every:
        assert list(get_command(_app(name)).commands) == [name]  # type: ignore[attr-defined]
    assert list(get_command(_app("sumary")).commands) == every  # type: ignore[attr-defined]
