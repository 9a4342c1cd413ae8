"""Which version this is, by what is installed: in a checkout that is not, nobody knows.

The distribution is called linreg-tui: on the package index the name linreg belongs to another project.
"""

from importlib.metadata import PackageNotFoundError, version

DISTRIBUTION = "linreg-tui"

try:
    __version__ = version(DISTRIBUTION)
except PackageNotFoundError:
    __version__ = "0+unknown"
