"""Rules as pure functions over values. Standard library only: no database, no clock, no framework."""
