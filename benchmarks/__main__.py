"""Run every benchmark of this folder, or those named: ``python -m benchmarks merging inlining``."""

import sys
from importlib import import_module
from pathlib import Path

names = sys.argv[1:] or sorted(f.stem for f in Path(__file__).parent.glob("[!_]*.py"))
for name in names:
    module = import_module(f"benchmarks.{name}")
    print(f"\n{name}: {(module.__doc__ or '').splitlines()[0]}")
    module.main()
