"""The `ocr-drop` command."""
