package cashflow

import "slices"

// balances is what the accounts held at the end of each day, as far as banks gave a balance to count from.
type balances struct {
	known    int          // accounts
	below    map[day]bool // days that ended with an account below zero
	seen     bool
	lowest   int64    // of one account at the end of a day
	at       string   // the movement that led there
	into     []string // what left on the days on which an account went below zero
	liquid   int64    // at the end, the person's share
	unknown  int      // accounts without a balance
	evidence []string // the last movement of each account: the balance stands after it
}

// countBack takes balances that were given for a later day back to the day of the analysis, which the movements after it are set aside for: of
// several banks one may have been asked later than the others.
func countBack(accounts []Account, entries []entry, to day) {
	for a := range accounts {
		account := &accounts[a]
		given := dayOf(account.BalanceDay)
		if account.BalanceCents == nil || to == none || given == none || given <= to {
			continue
		}
		then := *account.BalanceCents
		for _, e := range entries {
			if e.account == a && e.day > to && e.day <= given {
				then -= e.whole
			}
		}
		account.BalanceCents, account.BalanceDay = &then, to.String()
	}
}

// balancesOf counts back from each account's balance through its movements. from and to bound the days that are counted.
func balancesOf(in Input, entries []entry, from, to day) balances {
	b := balances{below: map[day]bool{}}
	byAccount := map[int][]entry{}
	for _, e := range entries {
		byAccount[e.account] = append(byAccount[e.account], e)
	}
	for a, account := range in.Accounts {
		if !euro(account.Currency) {
			continue
		}
		if account.BalanceCents == nil || abs(*account.BalanceCents) > limit {
			b.unknown++
			continue
		}
		b.account(account, byAccount[a], from, to)
		b.known++
	}
	slices.Sort(b.into)
	return b
}

func (b *balances) account(account Account, moves []entry, from, to day) {
	anchor := dayOf(account.BalanceDay)
	if anchor == none {
		anchor = to
		if len(moves) > 0 {
			anchor = moves[len(moves)-1].day
		}
	}
	balance := *account.BalanceCents
	for _, e := range moves {
		if e.day <= anchor {
			balance -= e.whole
		}
	}
	if len(moves) == 0 {
		from = to
	} else {
		from = max(from, moves[0].day)
	}
	i, last := 0, ""
	for d := from; d <= to; d++ {
		before := balance
		var spent []string
		for ; i < len(moves) && moves[i].day <= d; i++ {
			balance += moves[i].whole
			if last = moves[i].ref; moves[i].whole < 0 {
				spent = append(spent, last)
			}
		}
		if balance < 0 {
			b.below[d] = true
			if before >= 0 {
				b.into = append(b.into, spent...)
			}
		}
		if !b.seen || balance < b.lowest {
			b.seen, b.lowest, b.at = true, balance, last
		}
	}
	b.liquid += share(balance, account.ShareBPS)
	if len(moves) > 0 {
		b.evidence = append(b.evidence, moves[len(moves)-1].ref)
	}
}
