"""Things with a value inside a text: money, months, dates, times, counts."""
