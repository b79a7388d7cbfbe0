"""The command tree of `ocr-drop`."""
