// Package subjects keeps people and companies: one record per person and agency, reused by every file.
//
// Invariants
//   - A codice fiscale or partita IVA is valid and unique inside the agency.
//   - A subject who takes part in a file is never deleted: the database refuses, and the answer names the files.
//   - The anti-money-laundering profile is set by compliance only.
//
// Table: subjects. Events: changed (subjects). Errors: subject.exists, subject.in_use, subject.on_record, subject.tax_code,
// subject.vat_number, subject.iban, subject.name, version.stale.
package subjects
