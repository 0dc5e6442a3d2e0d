"""Marks sentences of the engine for translation where no refusal or problem is made on the spot."""

N_ = str  # extraction knows this keyword; the sentence is translated where it is read
