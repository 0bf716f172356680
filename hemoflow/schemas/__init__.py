"""The layout of every frame that crosses a border between rooms."""
