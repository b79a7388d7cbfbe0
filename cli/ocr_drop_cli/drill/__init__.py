"""`ocr-drop drill`: faults thrown at a stack of its own, and what became of the promises."""
