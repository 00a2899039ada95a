// Package redact keeps secrets and personal data out of what the program writes down: log lines, and settings that are printed.
//
// Decisions
//   - An allow-list, in the one place every line passes: Handler writes an attribute when Keys knows its name and the value has the
//     form the name stands for; anything else is written as [hidden]. A new name is added here, with its form, or never seen.
//     Alternative: a type for each datum (TaxCode, Email, …): it must be remembered at every field, and a converted string forgets it.
//   - An error is rendered by Cause, not by its own text: drivers, parsers and mail servers quote what they were given. Codes, SQLSTATE,
//     constraints, system errors and plain lower-case words are kept. Cost: a log says "a name is taken" without which; the trace id leads on.
//   - What the handler cannot see, TestLogging in core reads in the source: messages are constants, names are known, values have the types of
//     their form, and messages of fault.Error, which callers do see, are constants or are listed with the reason why not.
//   - Settings that are secrets have the type Secret. Whoever needs one says Reveal.
//
// Left over: a lower-case word in the text of an error made with fmt.Errorf or errors.New is not told from plain words.
package redact
