"""Mutants that change nothing that anybody could see, each with the reason."""

_SPEED = "a size that decides how fast it is, or how much memory it takes, and nothing that comes out"
_ELSEWHERE = "it is another system's, or another device's, than the one that the tests run on"
_ORDER = "no value there is comes after this one in the alphabet"
_CALL = "how it may be called besides how it is"
_GUARD = "it cannot be so: a guard against ourselves"

EQUIVALENT: dict[tuple[str, str, str], str] = {
    (
        "core/linreg/data/formats/blocks.py",
        "*,",
        "/,",
    ): _CALL,
    (
        "core/linreg/data/formats/opening.py",
        'return DelimitedFile(data, "\\t" if kind == "tsv" else ",", dialect, stream)',
        'return DelimitedFile(data, "\\t" if kind >= "tsv" else ",", dialect, stream)',
    ): _ORDER,
    (
        "core/linreg/data/formats/quiet.py",
        "def native_errors_unheard(last_words: str, *, in_between: bool = False) -> Iterator[None]:",
        "def native_errors_unheard(last_words: str, /, in_between: bool = False) -> Iterator[None]:",
    ): _CALL,
    ("core/linreg/data/formats/quiet.py", "_MOST = 1 << 20", "_MOST = 1 << 21"): _SPEED,
    ("core/linreg/data/formats/ranges.py", "STRETCH = 256 << 10", "STRETCH = 256 << 9"): _SPEED,
    ("core/linreg/data/formats/ranges.py", "margin *= 4", "margin *= 5"): _SPEED,
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
        "core/linreg/engines/shuffle.py",
        "BLOCK_CELLS, BLOCKS_AT_A_TIME = 2**18, 128",
        "BLOCK_CELLS, BLOCKS_AT_A_TIME = 2** 17, 128",
    ): _SPEED,
    (
        "core/linreg/engines/spectral.py",
        "return self._initial.copy() if is_first else self.at(self._epoch - 1).parameters[0].copy()",
        "return self._initial.copy() if is_first else self.at(self._epoch - 1).parameters[ -1].copy()",
    ): "there is one row",
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
        "core/linreg/history/history.py",
        "def since(self, held: Held, *, most: int, latest: int, until: int | None = None) -> Increment:",
        "def since(self, held: Held, /, most: int, latest: int, until: int | None = None) -> Increment:",
    ): _CALL,
    (
        "core/linreg/history/rows.py",
        "MOST_NUMBERS, MOST_ROWS, FEWEST_ROWS = 2**21, 2**16, 128",
        "MOST_NUMBERS, MOST_ROWS, FEWEST_ROWS = 2**21, 3**16, 128",
    ): _SPEED,
    (
        "core/linreg/live/rewinding.py",
        "return history.cut(-1)",
        "return history.cut(- 2)",
    ): "there is nothing before the first epoch",
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
