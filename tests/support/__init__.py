"""What tests stand on: servers started for one run and thrown away after it."""
