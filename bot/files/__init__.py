"""Files that people hand in and take away: spreadsheets and CSV."""
