"""Use cases around an import: what is stored about people, as clients read and change it (contract §9)."""
