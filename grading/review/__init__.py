"""What people do with grades: reading blind, grading by hand, scorecards, release, appeals, comparing."""
