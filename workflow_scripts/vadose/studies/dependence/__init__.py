"""Study B: dependence of soil moisture on precipitation, its tables, null and recovery."""
