"""How probable dry soil is after little precipitation, and wet soil after much: in cells, and over regions."""
