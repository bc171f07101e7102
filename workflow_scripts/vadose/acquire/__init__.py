"""Acquisition: ten archives, one polite, resumable, verified downloader.

Reading order: `catalogue` (what exists and where) -> `wanted` (what a configuration asks for) -> `plan` (which files,
which are there already) -> `download` (a job of the plan, by the client of its archive: `http`, `earthdata`, `cds`,
`sftp`) -> `fetch` (the discipline that every file goes through). `doctor` says what is missing on the user's side. It
imports nothing else of vadose, and nothing else of vadose imports it: a reader's quick check comes in as a callable
`check(path) -> None` that raises ValueError with a sentence.
"""
