"""Columns that are told apart, whatever the features are called."""

from hypothesis import example, given
from hypothesis import strategies as st

from linreg.export.column_names import weight_columns

OWN = ["epoch", "b", "cost", "above_least_squares", "learning_rate"]


def test_a_feature_has_its_own_name_unless_every_run_has_such_a_column() -> None:
    assert weight_columns(["x", "w", "w_x", "Cost"], has_bias=True) == ["x", "w", "w_x", "Cost"]
    assert weight_columns(["b", "cost"], has_bias=True) == ["w_b", "w_cost"]
    assert weight_columns(["b", "cost"], has_bias=False) == ["b", "w_cost"]


NAMES = st.builds(lambda n, name: n * "w_" + name, st.integers(0, 3), st.sampled_from([*OWN, "x", ""]))


@given(st.lists(NAMES, unique=True))
@example(["b", "w_b", "w_w_b"])
def test_no_two_columns_have_one_name(names: list[str]) -> None:
    columns = [*weight_columns(names, has_bias=True), *OWN]
    assert len({*columns}) == len(columns)
