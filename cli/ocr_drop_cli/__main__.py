"""`python -m ocr_drop_cli`: the command by its interpreter, wherever its script may be."""

from ocr_drop_cli.main import main

main()
