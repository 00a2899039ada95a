package mockbank

// entry is a transaction as the bank's version of the contract has it. What is not known is not there.
func (a *ais) entry(account Account, t Transaction) map[string]any {
	version := a.version()
	out := map[string]any{"transactionId": t.ID, "transactionAmount": money(t.AmountCents, account.Currency)}
	put := func(name, value string) {
		if value != "" {
			out[name] = value
		}
	}
	side := "creditor"
	if t.AmountCents > 0 {
		side = "debtor"
	}
	put(side+"Name", t.Counterparty)
	if t.CounterpartyIBAN != "" {
		out[side+"Account"] = reference{IBAN: t.CounterpartyIBAN}
	}
	put("remittanceInformationUnstructured", t.Text)
	put("mandateId", t.Mandate)
	put("purposeCode", t.Purpose)
	put("bankTransactionCode", t.Code)
	put("proprietaryBankTransactionCode", t.OwnCode)
	if t.MCC != "" {
		put("additionalInformation", "MCC "+t.MCC) // the framework has the code for card accounts only
	}
	switch t.Status {
	case "booked":
		out["bookingDate"], out["valueDate"], out["entryReference"] = t.Booked, t.Value, t.ID
		out["balanceAfterTransaction"] = balance{Amount: money(t.balance, account.Currency), Type: "interimBooked"}
	case "information":
		delete(out, "transactionId")
		out["additionalInformationStructured"] = map[string]any{"standingOrderDetails": map[string]any{"startDate": t.Booked, "frequency": "Monthly", "dayOfExecution": t.Day}}
	}
	if t.Reference != "" {
		if version >= structuredFrom {
			out["remittanceInformationStructured"] = map[string]string{"reference": t.Reference, "referenceType": "SCOR"}
		} else {
			out["remittanceInformationStructured"] = t.Reference
		}
	}
	if t.Payments > 1 && version >= batchesFrom {
		out["batchIndicator"], out["batchNumberOfTransactions"] = true, t.Payments
		parts, each := []map[string]any{}, t.AmountCents/int64(t.Payments)
		for i := range t.Payments {
			part := each
			if i == 0 {
				part = t.AmountCents - each*int64(t.Payments-1)
			}
			parts = append(parts, map[string]any{"transactionAmount": money(part, account.Currency), "remittanceInformationUnstructured": t.Text})
		}
		out["entryDetails"] = parts
	}
	return out
}
