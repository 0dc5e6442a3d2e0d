"""Events of BPMN: what they wait for and throw, who catches what, and what an interrupting one takes away."""
