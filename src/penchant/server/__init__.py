"""The door: HTTP in, HTTP out. No rule of the product lives here."""
