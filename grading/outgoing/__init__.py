"""What leaves the house: records for CSV, JSON and the API, transcripts in PDF, impact ratios, a person's data."""
