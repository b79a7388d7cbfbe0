"""`ocr-drop local`: the deployed system on this machine."""
