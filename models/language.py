"""Marks sentences for translation where no reader is known yet. The only definition of `N_`."""

N_ = str  # extraction knows this keyword; the sentence is translated where it is read
