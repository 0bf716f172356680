"""``python -m benchmarks [NAME ...] [--OPTION ...]`` runs the named benchmarks, or all: modules here with a ``run()``.

Options, if any, are left in ``sys.argv`` for the benchmark to read.
"""

import importlib
import pkgutil
import sys
from pathlib import Path


def main() -> None:
    """Run what is named; an unknown name ends with the list of known ones."""
    known = sorted(
        module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]) if module.name[0] != "_"
    )
    first = next((n for n, word in enumerate(sys.argv) if word.startswith("--")), len(sys.argv))
    wanted, sys.argv[1:] = sys.argv[1:first] or known, sys.argv[first:]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        sys.exit(f"No benchmark {', '.join(unknown)}. Name one of: {', '.join(known)}.")
    for name in wanted:
        importlib.import_module(f"benchmarks.{name}").run()


if __name__ == "__main__":
    main()
