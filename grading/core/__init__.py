"""What a mark is: pure functions and frozen data. No Django, no I/O, no clock."""
