"""Networks of one architecture, stacked: any module of the user's."""
