"""What the numbers of each family mean, in a sentence; the report prints it under the family's name."""

from __future__ import annotations

from collections.abc import Mapping

FAMILIES: Mapping[str, str] = {
    "audio": (
        "How the reply sounds, whatever it says: its quality as networks trained on listeners' ratings predict it, and "
        "the faults that can be measured, such as wrong loudness, clipping and drop-outs."
    ),
    "check": (
        "Whether the outputs are what was asked for: readable, whole, with sound, in motion and with a face; where a "
        "value is below 1, look at those files before any other number."
    ),
    "dialogue": (
        "How good the reply is as an answer: the grade, 0.2 to 1, of the graded candidate that is nearest to what a "
        "recogniser hears; 0.6 is chance."
    ),
    "emotion": (
        "How far the faces' expressions are from those of the real people, taken over the whole set: 0 is theirs; a "
        "still face is off, and so is one that overacts."
    ),
    "identity": (
        "Whether the face on screen is that of the portrait, as face recognition judges it; read it beside the real "
        "clips' own value, since people differ from their portraits, too."
    ),
    "listen": (
        "How the listener moves, as distances from real listeners over the whole set: 0 is theirs, and neither more "
        "nor fewer nods, blinks and smiles are better."
    ),
    "sync": "Whether the lips move with the voice, and by how much the one lags behind the other.",
    "text": (
        "What is said, as a recogniser hears it: its words against a script, its fit to the question, and whether it "
        "is a reply at all; the recogniser's own errors are in these numbers."
    ),
    "turn": (
        "When the reply begins, how long it lasts and how it pauses: the distances compare all replies with those of "
        "real people, so that 0 is human timing, and too early costs as well as too late."
    ),
    "video": (
        "How the pictures look: some numbers compare them with the real reply's, frame by frame or as a whole set, "
        "others look for flicker, jerks, held frames and blur in the reply alone."
    ),
    "voice": "Whether it is the given voice that answers, as a network that tells speakers apart judges it.",
}
