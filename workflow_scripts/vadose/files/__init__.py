"""What a run keeps: products and their specifications, tables, provenance, configuration, fingerprints, references."""
