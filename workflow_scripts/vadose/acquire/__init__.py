"""Acquisition: ten archives, one polite, resumable, verified downloader.

Reading order: `catalogue` (what exists and where) -> `plan` (what is needed, what is already there) -> `download` (a job of the plan, by
the client of its archive: `http`, `earthdata`, `cds`, `sftp`) -> `fetch` (the discipline that every file goes through). `doctor` says what
is missing on the user's side. Nothing else in vadose imports this package, and it imports nothing else of vadose: a reader's quick check
comes in as a callable `check(path) -> None` that raises ValueError with a sentence.
"""
