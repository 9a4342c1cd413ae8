import sys
from importlib import import_module

import numpy as np

from linreg.statistics import tails


def test_a_module_that_is_put_off_is_imported_when_something_is_asked_of_it() -> None:
    package = import_module("wsgiref")
    tails._put_off("wsgiref.headers")
    assert package.__dict__["headers"] is sys.modules["wsgiref.headers"]
    assert "Headers" not in object.__getattribute__(sys.modules["wsgiref.headers"], "__dict__")
    from wsgiref.headers import Headers

    assert str(Headers([("a", "b")])).startswith("a: b")


def test_what_scipy_never_asks_of_numpy_is_there_for_others() -> None:
    tails.load()
    assert tails.are_loaded()
    np.testing.assert_allclose(tails.special().stdtr(3, 0.0), 0.5)
    assert np.f2py.__name__ == "numpy.f2py"
