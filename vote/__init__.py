"""WHAT is voted on and how votes count. Pure: no images, no PDF, no database."""
