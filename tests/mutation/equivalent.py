"""Mutants that change nothing that anybody could see, each with the reason."""

_SPEED = "a size that decides how fast it is, how long somebody waits, or how much memory it takes"
_ELSEWHERE = "it is another system's, or another device's, than the one that the tests run on"
_ORDER = "no value there is comes after this one in the alphabet"
_GUARD = "it cannot be so: a guard against ourselves"

_DATACLASS = "@dataclass(frozen=True, slots=True, eq={})"
_NEVER_COMPARED = [
    *(f"history/{name}.py" for name in ("buckets", "curves", "epochs", "increment", "rows", "series")),
    *(f"numerics/{name}.py" for name in ("accumulation", "curvature", "design", "least_squares", "moments")),
    *(f"numerics/{name}.py" for name in ("minima/minimum", "recurrence", "scaling", "spectrum", "weighting")),
]
"""Modules of which nobody compares two values of a class: what is in them is arrays."""

EQUIVALENT: dict[tuple[str, str, str], str] = {
    **{
        (f"core/linreg/{path}", _DATACLASS.format("False"), _DATACLASS.format("True")): "nobody compares two of them"
        for path in _NEVER_COMPARED
    },
    ("core/linreg/data/bundled.py", "\n\n@cache", ""): _SPEED,
    (
        "core/linreg/data/formats/columnar.py",
        "head = file.read(512)",
        "head = file.read( 513)",
    ): _SPEED,
    (
        "core/linreg/data/formats/opening.py",
        'return DelimitedFile(data, "\\t" if kind == "tsv" else ",", dialect, stream)',
        'return DelimitedFile(data, "\\t" if kind >= "tsv" else ",", dialect, stream)',
    ): _ORDER,
    ("core/linreg/data/formats/text/ranges.py", "margin *= 4", "margin *= 5"): _SPEED,
    (
        "core/linreg/data/formats/standard_input.py",
        'commas, tabs = (layout_of(lines[dialect.skip_lines :], Grammar(each, dialect), 1) for each in (",", "\\t"))',
        'commas, tabs = (layout_of(lines[dialect.skip_lines :], Grammar(each, dialect), 0) for each in (",", "\\t"))',
    ): "nobody asks for the numbers of these lines",
    (
        "core/linreg/data/row_file.py",
        "unwritten = memoryview(cast(bytes, data.reshape(-1).view(np.uint8)))",
        "unwritten = memoryview(cast(bytes, data.reshape(- 2).view(np.uint8)))",
    ): "numpy takes any number below 0 for the length that is left",
    (
        "core/linreg/data/sample.py",
        "self.sample, self._reading = Sample(0), reading",
        "self.sample, self._reading = Sample( 1), reading",
    ): "it is another one as soon as there are rows",
    (
        "core/linreg/engines/agreement.py",
        "(_place(part.path, recipe.data if number < n_data else part.path), part.size, part.digest)",
        "(_place(part.path, recipe.data if number is not n_data else part.path), part.size, part.digest)",
    ): "there is one module at most behind the data",
    (
        "core/linreg/engines/analytic.py",
        "yield _gathered(self.x, some, x[:n]), _gathered(self.y, some, y[:n]).reshape(-1)",
        "yield _gathered(self.x, some, x[:n]), _gathered(self.y, some, y[:n]).reshape(- 2)",
    ): "numpy takes any number below 0 for the length that is left",
    (
        "core/linreg/engines/autograd.py",
        "return np.concatenate([_to_numpy(self.model(x)).reshape(-1) for x in pieces])",
        "return np.concatenate([_to_numpy(self.model(x)).reshape(- 2) for x in pieces])",
    ): "numpy takes any number below 0 for the length that is left",
    (
        "core/linreg/engines/cuda_graphs.py",
        'if name == "step" and parameter in uncapturable:',
        'if name >= "step" and parameter in uncapturable:',
    ): _ELSEWHERE,
    (
        "core/linreg/engines/devices.py",
        'return sys.platform == "darwin"',
        'return sys.platform < "darwin"',
    ): _ELSEWHERE,
    (
        "core/linreg/engines/gram.py",
        "excess = excess.reshape(-1)[offset : offset + n_epochs]",
        "excess = excess.reshape(- 2)[offset : offset + n_epochs]",
    ): "numpy takes any number below 0 for the length that is left",
    (
        "core/linreg/engines/spectral.py",
        "return self._initial.copy() if is_first else self.at(self._epoch - 1).parameters[0].copy()",
        "return self._initial.copy() if is_first else self.at(self._epoch - 1).parameters[ -1].copy()",
    ): "there is one row",
    (
        "core/linreg/engines/spectral.py",
        "self._n_block = 2 ** int(np.clip(np.log2(_BLOCK_CELLS / max(1, len(start))), 6, 14))",
        "self._n_block = 2 ** int(np.clip(np.log2(_BLOCK_CELLS / max( 2, len(start))), 6, 14))",
    ): _SPEED,
    (
        "core/linreg/history/buckets.py",
        "summaries = [Summary.of(part.reshape(n, -1, n_columns)) for part, n in parts if len(part)]",
        "summaries = [Summary.of(part.reshape(n, - 2, n_columns)) for part, n in parts if len(part)]",
    ): "numpy takes any number below 0 for the length that is left",
    (
        "core/linreg/history/curves.py",
        "broken = merged[:, N_FINITE] < merged[:, N]",
        "broken = merged[:, N_FINITE] != merged[:, N]",
    ): _GUARD,
    (
        "core/linreg/history/curves.py",
        "if len(curves) == MOST_CURVES:",
        "if len(curves) >= MOST_CURVES:",
    ): _GUARD,
    ("core/linreg/history/history.py", "if n_known > 0:", "if n_known != 0:"): _GUARD,
    (
        "core/linreg/history/columns.py",
        "values = np.empty(shape[::-1]).T if shape[1] <= _FEW else np.empty(shape)",
        "values = np.empty(shape[::-1]).T if not shape[1] <= _FEW else np.empty(shape)",
    ): _SPEED,
    (
        "core/linreg/history/history.py",
        "low, high, mean, final = (each[:, 0] for each in (summary.low, summary.high, summary.mean, summary.final))",
        "low, high, mean, final = (each[:, -1] for each in (summary.low, summary.high, summary.mean, summary.final))",
    ): "there is one column",
    (
        "core/linreg/history/extremes.py",
        "while every % 2 == 0 and every <= _FEW:",
        "while every % 2 == 0 and every is not _FEW:",
    ): _SPEED,
    (
        "core/linreg/history/rows.py",
        "start, end = (latest[0].first_epoch, latest[-1].end) if latest else (0, 0)",
        "start, end = (latest[0].first_epoch, latest[-1].end) if latest else ( 1, 0)",
    ): "where there are none, nothing is made of it",
    ("core/linreg/live/edits.py", "if len(self.x) == 1:", "if len(self.x) <= 1:"): _GUARD,
    (
        "core/linreg/live/moving.py",
        "if self._plays_on and self.phase is Phase.SEEKING and status is Phase.RUNNING and self.epoch >= self._goal:",
        "if self._plays_on and self.phase is Phase.SEEKING and status >= Phase.RUNNING and self.epoch >= self._goal:",
    ): _ORDER,
    (
        "core/linreg/live/moving.py",
        "self.phase, self._goal, self._plays_on = Phase.PAUSED, -1, False",
        "self.phase, self._goal, self._plays_on = Phase.PAUSED, not 1, False",
    ): "it is read only while an epoch is sought",
    (
        "core/linreg/live/moving.py",
        "self.phase, self._goal, self._plays_on = Phase.PAUSED, -1, False",
        "self.phase, self._goal, self._plays_on = Phase.PAUSED, -1, True",
    ): "it is read only while an epoch is sought",
    ("core/linreg/live/moving.py", "if self.epoch >= epoch:", "if self.epoch == epoch:"): _GUARD,
    (
        "core/linreg/live/pacing.py",
        "return max(0.0, (last - first) / (end - start)) if end > start else 0.0",
        "return max(0.0, (last - first) / (end - start)) if end != start else 0.0",
    ): "no clock goes back",
    (
        "core/linreg/live/pacing.py",
        "while len(self._samples) > 2 and self._samples[1][0] < now - _WINDOW:",
        "while len(self._samples) > 1 and self._samples[1][0] < now - _WINDOW:",
    ): "the last of them is of now",
    (
        "core/linreg/live/rewinding.py",
        "self.before = self._before_first if epoch == self.first else self._initial",
        "self.before = self._before_first if epoch <= self.first else self._initial",
    ): _GUARD,
    (
        "core/linreg/live/rewinding.py",
        "return history.cut(-1)",
        "return history.cut(- 2)",
    ): "there is nothing before the first epoch",
    (
        "core/linreg/live/run.py",
        "seeks_beyond = self.phase is Phase.SEEKING and self._goal > epoch",
        "seeks_beyond = self.phase is Phase.SEEKING and self._goal is not epoch",
    ): "it is the goal itself, or before it",
    **{
        (
            "core/linreg/live/worker.py",
            "def wait(self, predicate: Callable[[StateT], bool], timeout: float = 10.0) -> StateT:",
            f"def wait(self, predicate: Callable[[StateT], bool], timeout: float = {seconds}) -> StateT:",
        ): _SPEED
        for seconds in (" 9.0", " 11.0", "9.0", "11.0")
    },
    (
        "core/linreg/numerics/accumulation.py",
        "origin = np.zeros(self.n_features) if is_many else rows.mean(axis=0)",
        "origin = np.zeros(self.n_features) if not is_many else rows.mean(axis=0)",
    ): "where it is not near another is found: it decides how fast that is",
    (
        "core/linreg/numerics/convergence.py",
        "state, n_steps = later, n_steps + 2**exponent",
        "state, n_steps = later, n_steps ^ 2**exponent",
    ): "each power of 2 comes once",
    (
        "core/linreg/numerics/convergence.py",
        "return n_steps + 1 if n_steps < 2**62 - 1 else None",
        "return n_steps + 1 if n_steps < 2**62 - 2 else None",
    ): "so near to 2⁶² a float64 does not tell one step from the next",
    ("core/linreg/numerics/curvature.py", "if moments.factor is None:", "if not moments.factor is None:"): _SPEED,
    (
        "core/linreg/numerics/factorization.py",
        "shifted = values * (2.0**27 + 1)",
        "shifted = values * (2.0**27 + 2)",
    ): "the halves have as few digits",
    (
        "core/linreg/numerics/moments.py",
        "rounding = float(np.linalg.norm(np.divide(reach, norms, out=np.zeros_like(norms), where=norms > 0)))",
        "rounding = float(np.linalg.norm(np.divide(reach, norms, out=np.zeros_like(norms), where=norms != 0)))",
    ): _GUARD,
    (
        "core/linreg/numerics/moments.py",
        "mean, scale = self.mean[:-1], np.where(self.constant[:-1], 0.0, self.feature_std)",
        "mean, scale = self.mean[:-1], np.where(self.constant[:-1], 1.0, self.feature_std)",
    ): "a scale of 0 becomes 1 two lines below",
    (
        "core/linreg/store/epoch_rows.py",
        "spared = -1 if n_to_come else self.newest()[0]",
        "spared = ~1 if n_to_come else self.newest()[0]",
    ): "no epoch is below 0",
    (
        "core/linreg/store/epoch_rows.py",
        "most = max(1, min(_MOST_ROWS, connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER) // len(rows[0])))",
        "most = max(1, min(_MOST_ROWS, connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER) // len(rows[ -1])))",
    ): "all rows of a table are as long",
}
"""By file, the lines as they are, and as they become."""

SIZES: dict[str, tuple[str, ...]] = {
    "core/linreg/data/formats/text/blocks.py": ("BLOCK", "PART, SMALLEST_PART", "HEAD"),
    "core/linreg/data/formats/columnar.py": ("SLICE_BYTES", "FEWEST_ROWS, WIDE_BYTES"),
    "core/linreg/data/formats/quiet.py": ("_MOST",),
    "core/linreg/data/formats/text/ranges.py": ("MARGIN", "STRETCH"),
    "core/linreg/data/formats/text/records.py": ("IN_CACHE",),
    "core/linreg/data/table_writer.py": ("ROWS_AT_ONCE",),
    "core/linreg/engines/analytic.py": ("_PIECE_CELLS",),
    "core/linreg/engines/cuda_graphs.py": ("FEWEST_EPOCHS", "_BUFFER_CELLS"),
    "core/linreg/engines/gram.py": ("_TOGETHER",),
    "core/linreg/engines/ranks.py": ("STARTING", "MEETING", "_LEAD"),
    "core/linreg/engines/shuffle.py": ("BLOCK_CELLS, BLOCKS_AT_A_TIME",),
    "core/linreg/engines/spectral.py": ("_BLOCK_CELLS",),
    "core/linreg/history/columns.py": ("_FEW",),
    "core/linreg/history/extremes.py": ("_FEW",),
    "core/linreg/history/rows.py": ("MOST_NUMBERS, MOST_ROWS, FEWEST_ROWS",),
    "core/linreg/live/linear_module.py": ("_MOST_CELLS, _TRIALS",),
    "core/linreg/live/moving.py": ("_LONGEST_GRADIENT",),
    "core/linreg/live/recovery.py": ("_MANY",),
    "core/linreg/live/rewinding.py": ("MOST_BYTES, MOST_SNAPSHOTS", "_RUN_UP"),
    "core/linreg/live/worker.py": ("STATES_A_SECOND", "_LOADING_STATES_A_SECOND"),
    "core/linreg/numerics/accumulation.py": (
        "_BLOCK_CELLS",
        "_BLOCK_ROWS, _MOST_BLOCK_CELLS",
        "_MANY_CELLS, _MOST_SHARED, _MOST_THREADS",
        "_WIDE",
    ),
    "core/linreg/numerics/convergence.py": ("_SCANNED_CELLS", "_BLOCK_CELLS"),
    "core/linreg/numerics/moments_cuda.py": ("LEAST_CELLS",),
    "core/linreg/numerics/spectrum.py": ("_LARGE", "_SMALL"),
    "core/linreg/store/database.py": ("BUSY_SECONDS", "CHECKED_UP_TO"),
    "core/linreg/store/epoch_rows.py": ("_MOST_ROWS",),
    "core/linreg/store/writer.py": ("MOST_NUMBERS, MOST_EPOCHS, FEWEST_EPOCHS", "END_SECONDS"),
}
"""By file, what is set to a size that may as well be another; where one is no good at all, a test tells."""


def why_equivalent(path: str, was: str, becomes: str) -> str | None:
    """Return why nobody could see a change; None where somebody could."""
    if was.partition(" = ")[0] in SIZES.get(path, ()):
        return _SPEED
    return EQUIVALENT.get((path, was, becomes))
