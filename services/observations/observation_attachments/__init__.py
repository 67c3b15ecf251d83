"""Files of an observation, in the blob store: announced, sent when there is a network, read once they are clean."""
