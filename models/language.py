"""Marks sentences for translation where no reader is known yet. (`engine/`, which knows no models, has its own.)"""

N_ = str  # extraction knows this keyword; the sentence is translated where it is read
