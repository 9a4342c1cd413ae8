"""The linear model that a run came to as ONNX, for any runtime in any language: y = X w + b in float64.

It takes rows in the data's own units, so that nobody has to know whether the run was trained on standardised ones. The
operator set and the format's version are old ones, of 2020: every runtime since then reads them.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from linreg.arrays import Vector
from linreg.errors import LinregError
from linreg.files.atomic import write_atomically
from linreg.store.recorded_run import RecordedRun
from linreg.text import shortened

if TYPE_CHECKING:
    from onnx import ModelProto

OPERATORS, FORMAT = 13, 7


def write_model(path: Path, kept: RecordedRun, *, replaces: bool = True) -> str:
    """Write the model that the run came to, and say after which epoch that is.

    Raises
    ------
    LinregError
        As `model_of` does, or the file cannot be written.
    """
    written = model_of(kept).SerializeToString(deterministic=True)
    write_atomically(path, lambda file: file.write(written), replaces=replaces)
    return f"the model after epoch {kept.outcome()[0]:,}"


def model_of(kept: RecordedRun) -> "ModelProto":
    """Return the model, checked.

    Its input ``X`` is ``(n_samples, n_features)`` and its output ``prediction`` ``(n_samples, 1)``, both float64. Its
    metadata are ``run``, ``epoch``, ``target`` and ``features``, a JSON list in the order of the columns of X.

    Raises
    ------
    LinregError
        onnx is not installed, or what was trained is no linear model, or its parameters are lost or not finite.
    """
    try:
        from onnx import TensorProto, checker, helper, numpy_helper
    except ImportError:
        raise LinregError("a .onnx file needs onnx: pip install 'linreg-tui[onnx]'.") from None
    features, target, w, b = _linear_model(kept)
    terms = [numpy_helper.from_array(w[:, None], "w")]
    if b is not None:
        terms.append(numpy_helper.from_array(np.array([b]), "b"))
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["X", *(term.name for term in terms)], ["prediction"])],
        "linear_regression",
        [helper.make_tensor_value_info("X", TensorProto.DOUBLE, ["n_samples", len(features)])],
        [helper.make_tensor_value_info("prediction", TensorProto.DOUBLE, ["n_samples", 1])],
        terms,
    )
    operators = [helper.make_opsetid("", OPERATORS)]
    model = helper.make_model(graph, opset_imports=operators, ir_version=FORMAT, producer_name="linreg")
    about = {"run": kept.run.name, "epoch": str(kept.outcome()[0]), "target": target, "features": json.dumps(features)}
    helper.set_model_props(model, about)
    checker.check_model(model, full_check=True)
    return model


def _linear_model(kept: RecordedRun) -> tuple[tuple[str, ...], str, Vector, float | None]:
    """Return the features, the target, w ``(n_features,)`` and b that the run came to, or say why there are none."""
    name, facts = shortened(kept.run.name), kept.facts
    if kept.run.script:
        raise LinregError(
            f"the run {name} is a script's own, of which the store has the parameters and not the model; "
            "call torch.onnx.export in the script itself."
        )
    if kept.run.recipe.module is not None:
        raise LinregError(
            f"the run {name} trained a module of your own, of which the store has the parameters and not the code; "
            "call torch.onnx.export on the module itself."
        )
    if facts is None:
        raise LinregError(
            f"the names and units of the features of the run {name} are lost: no model can be made of its parameters; "
            "export them as a table, such as a .csv file."
        )
    epoch, w, b = kept.outcome()
    if not np.isfinite(w).all() or (b is not None and not np.isfinite(b)):
        raise LinregError(
            f"the run {name} has parameters that are not finite numbers after epoch {epoch:,}: no model can be "
            "made of them; export them as a table, such as a .csv file."
        )
    return facts.features, facts.target, w, b
