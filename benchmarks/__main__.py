"""``python -m benchmarks [NAME ...]`` runs the named benchmarks, or all: modules of this folder with a ``run()``."""

import importlib
import pkgutil
import sys
from pathlib import Path


def main() -> None:
    """Run what is named; an unknown name ends with the list of known ones."""
    known = sorted(
        module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]) if module.name[0] != "_"
    )
    wanted = sys.argv[1:] or known
    unknown = [name for name in wanted if name not in known]
    if unknown:
        sys.exit(f"No benchmark {', '.join(unknown)}. Name one of: {', '.join(known)}.")
    for name in wanted:
        importlib.import_module(f"benchmarks.{name}").run()


if __name__ == "__main__":
    main()
