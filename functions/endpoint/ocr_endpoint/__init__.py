"""The OCR API itself, served by a local engine: the same call, signature and answers as the vendor's."""
