"""What the studies make of the statistics: labelled results, tables, recovery of planted truth, claims, sensitivity."""
