"""How the second rule's weights were made: training hands, pages and the training itself; see README.md."""
