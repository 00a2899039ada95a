package consents

// Referred is how a callback's names are looked up.
const Referred = referred
