"""What an observer saw in one lesson: script, scores and look-fors, the feedback from it, and the teacher's answer."""
