"""The operations of AWS, a file for each noun; `generic` holds all that needs no rule of its own."""
