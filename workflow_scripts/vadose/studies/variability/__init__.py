"""Study A: results, tables and recovery of the variability of soil moisture."""
