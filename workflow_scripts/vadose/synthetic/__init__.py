"""The Synthetic Earth: ten products over real continents, with a plausible climate and planted truth, from one seed."""
