// Whether a key belongs to an input method (pinyin …). Safari says so by the code 229 alone when Enter ends a composition.
const TAKEN = 229;

export const composes = (event) => event.isComposing || event.keyCode === TAKEN;
