import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.errors import LinregError
from linreg_tui.monitor.epoch_input import read_epoch


@pytest.mark.parametrize(
    ("text", "epoch"),
    [
        ("0", 0),
        ("-1", -1),
        ("1,234", 1234),
        (" 3000 ", 3000),
        ("+100", 600),
        ("-100", 400),
        ("−100", 400),
        ("- 100", 400),
        ("+9999999", 3000),
        ("-9999999", -1),
        ("50%", 1500),
        ("100 %", 3000),
        ("start", -1),
        ("End", 3000),
    ],
)
def test_an_epoch_may_be_typed_in_many_ways(text: str, epoch: int) -> None:
    assert read_epoch(text, now=500, last=3000) == epoch


@pytest.mark.parametrize("text", ["", "soon", "3001", "1.5", "101%", "-5%", "nan%", "1e3", "++1", "9" * 5000, "[red]"])
def test_what_is_no_epoch_is_one_sentence(text: str) -> None:
    with pytest.raises(LinregError) as problem:
        read_epoch(text, now=500, last=3000)
    assert str(problem.value).endswith(".")
    assert "\n" not in str(problem.value)


@given(st.text(max_size=12), st.integers(-1, 100), st.integers(0, 100))
def test_whatever_is_typed_is_an_epoch_of_the_run_or_an_error(text: str, now: int, last: int) -> None:
    try:
        epoch = read_epoch(text, now, last)
    except LinregError:
        return
    assert -1 <= epoch <= last
