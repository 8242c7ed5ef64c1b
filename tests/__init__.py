"""Tests: scenarios (conversations), unit, integration, web, architecture."""
