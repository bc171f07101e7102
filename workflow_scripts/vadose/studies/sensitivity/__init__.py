"""Headline numbers under alternative choices, and which of them change."""
