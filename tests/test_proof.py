"""What is long to prove: ``make proof`` runs every cell, ``make test`` the smallest of each kind."""

import csv
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from newsletter import app, build, workspace


@pytest.mark.parametrize("readers", [1_000, pytest.param(200_000, marks=pytest.mark.proof)])
def test_a_rehearsal_accounts_for_every_line_of_the_list(readers: int, tmp_path: Path) -> None:
    workspace.init(tmp_path)
    space = workspace.find(tmp_path, {})
    list_ = tmp_path / "list.csv"
    with list_.open("w", encoding="utf-8") as file:
        file.write("email,name,joined\n")
        for n in range(readers):
            address = f"reader{n}" if n % 100 == 7 else f"Reader{n - 1}@Example.org" if n % 100 == 9 else None
            file.write(f"{address or f'reader{n}@example.org'},Lezer {n},2026-0{n % 9 + 1}-01\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    built = build.build(space)
    with app.mailing(space, built, file=list_) as mailing:
        rehearsal, outbox = app.rehearse(space, built, mailing, keep_all=False, progress=lambda _: None)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert rehearsal.readers + len(rehearsal.rejects) == readers
    assert sum(reject.kind == "invalid" for reject in rehearsal.rejects) == readers // 100
    assert sum(reject.kind == "double" for reject in rehearsal.rejects) == readers // 100
    assert not rehearsal.faults
    with (outbox / "outbox.csv").open(encoding="utf-8", newline="") as file:
        assert sum(1 for _ in csv.DictReader(file)) == rehearsal.readers
    assert grown < 400_000, f"{grown} kB more memory for {readers} readers"


@pytest.mark.parametrize("seeds", [2, pytest.param(25, marks=pytest.mark.proof)])
def test_the_same_files_give_the_same_bytes_whatever_the_process(seeds: int, tmp_path: Path) -> None:
    results = set()
    for seed in range(seeds):
        folder = tmp_path / str(seed)
        workspace.init(folder)
        subprocess.run(
            [sys.executable, "-m", "newsletter", "build"],
            check=True, capture_output=True, cwd=folder, env={**os.environ, "PYTHONHASHSEED": str(seed)},
        )  # fmt: skip
        built = sorted((folder / "build").rglob("*.*"))
        results.add(tuple((f.name, f.read_bytes()) for f in built))
    assert len(results) == 1
