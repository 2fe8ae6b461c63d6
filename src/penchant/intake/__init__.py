"""Records out of the requests that bring live data: what is taken, what is not, and a note for each difference."""
