"""What the run store's tables are. A change of them is one more step at the end; a step that was released stays.

SQLite turns NaN into NULL in a column, so a number that is not finite is kept as the eight bytes of its float64, in the
same column: columns of numbers are declared without a type, and tell a number from bytes by themselves.
"""

APPLICATION = 0x6C696E72
"""linr"""

STEPS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE runs (
            number INTEGER PRIMARY KEY AUTOINCREMENT,  -- their order, whatever the clock says
            id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL UNIQUE,
            status TEXT NOT NULL,
            reason TEXT NOT NULL DEFAULT '',
            started REAL NOT NULL,  -- seconds since 1970, to show
            ended REAL,
            owner TEXT NOT NULL,  -- the process, as JSON; so are the next four
            recipe TEXT NOT NULL,
            data TEXT NOT NULL,
            versions TEXT NOT NULL,
            result TEXT NOT NULL DEFAULT 'null',
            facts BLOB,  -- a sealed nested value
            every INTEGER NOT NULL DEFAULT 1,
            epoch INTEGER NOT NULL DEFAULT -1,  -- this and the next two: the newest row
            cost,
            excess_cost
        )
        """,
        """
        CREATE TABLE epochs (
            run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
            epoch INTEGER NOT NULL,
            cost,
            excess_cost,
            learning_rate,
            parameters BLOB NOT NULL,  -- float64, little-endian
            PRIMARY KEY (run, epoch)
        )
        """,
        """
        CREATE TABLE interventions (
            run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
            epoch INTEGER NOT NULL,
            learning_rate,
            PRIMARY KEY (run, epoch)
        )
        """,
    ),
    (  # of the epochs from this one up to the next that is kept; NULL: the cost itself
        "ALTER TABLE epochs ADD COLUMN cost_low",
        "ALTER TABLE epochs ADD COLUMN cost_high",
    ),
    ("ALTER TABLE runs ADD COLUMN script TEXT NOT NULL DEFAULT ''",),  # whose training loop is somebody else's
    (
        """
        CREATE TABLE curves (
            run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
            curve INTEGER NOT NULL,  -- their order
            name TEXT NOT NULL,
            width INTEGER NOT NULL,
            n INTEGER NOT NULL,  -- points in all; the next two: the newest of them
            last_step INTEGER NOT NULL,
            last,
            PRIMARY KEY (run, curve)
        )
        """,
        """
        CREATE TABLE points (
            run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
            curve INTEGER NOT NULL,
            step INTEGER NOT NULL,
            value,
            low,  -- this and the next four: of all points up to the next that is kept
            high,
            mean,
            n_finite INTEGER NOT NULL,
            n INTEGER NOT NULL,
            PRIMARY KEY (run, curve, step)
        )
        """,
    ),
    ("ALTER TABLE epochs ADD COLUMN held_out_cost",),
)
