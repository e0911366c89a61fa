"""Figures of speed, side by side with a peer."""
