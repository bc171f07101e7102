"""Pages of a run: report, atlas and research crate, with their templates."""
