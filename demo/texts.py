"""What the people of the demo say. Low-inference notes, descriptive feedback, no verdicts."""

SCRIPT = {
    "reasoning": (
        "Three students in turn give their answer and the reason for it without being asked for one.",
        "Answers are numbers; the teacher goes on to the next item after each.",
    ),
    "wait_time": (
        "After 'What would change if it were doubled?' nobody speaks for five seconds, then six hands are up.",
        "The teacher asks, looks around for a second, and answers the question herself.",
    ),
    "peer_talk": (
        "'I see it another way than Maya', says a student, and turns to her.",
        "Every answer goes to the front; students look at the teacher only.",
    ),
    "target": (
        "Asked what they are learning, two students say it in their own words.",
        "Asked what they are learning, a student reads the page number.",
    ),
}
FEEDBACK = (
    "I wrote down what I heard while students talked about the task; the lines I cite are what I would look at first."
)
NEXT_STEP = {
    "reasoning": "In tomorrow's first question, ask for the reason before the answer.",
    "wait_time": "Count to three in your head after each open question this week.",
}
RESPONSE = "Thank you. I had not noticed how short the pauses were; I would like to try it with period three."
VISION = (
    "Every student in our schools thinks hard, talks about it, and is heard; "
    "every adult is a learner who makes that happen."
)
PATTERNS = {
    True: "At most stops students gave reasons for what they said.",
    False: "At many stops answers came without reasons. We wonder what would invite them.",
}
