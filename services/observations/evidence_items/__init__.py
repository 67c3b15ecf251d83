"""Evidence, piece by piece: a span of a script line, a note, an artefact, a moment of a video; coded to indicators."""
