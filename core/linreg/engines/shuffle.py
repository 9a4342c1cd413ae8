"""The order of the rows in an epoch of mini-batches.

A table of up to `LARGEST_SHUFFLED` cells is shuffled as a whole. A larger one may lie on disk, where a row here and a
row there would cost a read each. So it is cut into blocks of neighbouring rows; the blocks are shuffled, taken many at
a time, and the rows of those shuffled among each other. The order depends on the table's size and the seed alone, and
not on whether there was room in memory.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

BLOCK_CELLS, BLOCKS_AT_A_TIME = 2**18, 128
LARGEST_SHUFFLED = BLOCK_CELLS * BLOCKS_AT_A_TIME
"""256 MiB of float64."""


def shuffled(n_rows: int, n_columns: int, batch_size: int, seed: int) -> Iterator[Tensor]:
    """Yield the numbers of all rows once, in an order drawn from `seed`.

    Yields
    ------
    Tensor
        ``(n,)``, a whole number of batches, all but the last.
    """
    generator = torch.Generator().manual_seed(seed)
    if n_rows * n_columns <= LARGEST_SHUFFLED:
        yield torch.randperm(n_rows, generator=generator)
        return
    block_rows = max(1, BLOCK_CELLS // n_columns)
    blocks = torch.randperm(-(-n_rows // block_rows), generator=generator)
    rest = torch.empty(0, dtype=torch.int64)
    for some in blocks.split(BLOCKS_AT_A_TIME):
        rows = (some[:, None] * block_rows + torch.arange(block_rows)).reshape(-1)
        rows = rows[rows < n_rows]
        rows = torch.cat([rest, rows[torch.randperm(len(rows), generator=generator)]])
        whole = len(rows) - len(rows) % batch_size
        yield rows[:whole]
        rest = rows[whole:]
    if len(rest):
        yield rest
