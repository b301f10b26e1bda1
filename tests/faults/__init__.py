"""What the house does when a part of it is killed, filled up or taken away."""
