"""Measurements side by side: ratios of one run on one machine, never a test."""
