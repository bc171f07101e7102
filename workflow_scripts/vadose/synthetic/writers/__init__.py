"""Writers of the ten products in their true file formats, for the synthetic Earth and for tests."""
