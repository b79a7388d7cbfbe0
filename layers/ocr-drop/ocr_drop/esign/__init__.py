"""The paid OCR API, from the client's side."""
