"""What is kept: control store, one store per subscription."""
