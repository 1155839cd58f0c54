"""What a study leaves on its run: tables, figures, the report."""
