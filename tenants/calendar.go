package tenants

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Calendar is an agency's working days: Monday to Friday less the national holidays, and its own days over them. Deadlines that
// start from now on follow it; those that run keep the end they have.
type Calendar struct {
	CalendarDays
	National []calendar.Date `json:"national" doc:"National holidays that fall on a weekday, this year and the next"`
	Version  int             `json:"version"`
}

// Tag is the version answered as ETag.
func (c Calendar) Tag() int { return c.Version }

// CalendarDays are an agency's own days.
type CalendarDays struct {
	Closed []CalendarDay `json:"closed" maxItems:"500" doc:"Days on which the agency is closed besides weekends and national holidays"`
	Worked []CalendarDay `json:"worked" maxItems:"500" doc:"National holidays on which the agency works"`
}

// CalendarDay is a day with its name.
type CalendarDay struct {
	Day   calendar.Date `json:"day"`
	Title workflow.Text `json:"title"`
}

// maxTitle bounds the name of a day, in bytes.
const maxTitle = 200

// Calendar reads the agency's calendar.
func (s *Service) Calendar(ctx context.Context, scope tenancy.Scope) (c Calendar, err error) {
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		c, err = loadCalendar(tx, "")
		return err
	})
	return c, err
}

// SetCalendar replaces the agency's own days; version is the one the caller saw.
func (s *Service) SetCalendar(ctx context.Context, scope tenancy.Scope, version int, days CalendarDays) (c Calendar, err error) {
	if fields := days.wrong(); len(fields) > 0 {
		return c, &fault.Error{Kind: fault.Invalid, Code: "calendar.days", Message: "Some days do not fit; see errors. Nothing was changed.", Fields: fields}
	}
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if c, err = loadCalendar(tx, " for update"); err != nil {
			return err
		}
		if c.Version != version {
			return fault.New(fault.Stale, "version.stale", "The calendar was changed since you read it. Load it again.")
		}
		rows, err := json.Marshal(days.rows())
		if err != nil {
			return err
		}
		tx.Exec(`delete from agency_holidays`)
		tx.Exec(`insert into agency_holidays (tenant_id, day, works, title) select $1, d.day, d.works, d.title
			from jsonb_to_recordset($2) as d (day date, works boolean, title jsonb)`, scope.Tenant(), rows)
		tx.Exec(`update agencies set calendar_version = calendar_version + 1`)
		audit.Record(tx, "agency.calendar_changed", scope.Tenant(), map[string]string{"closed": fmt.Sprint(len(days.Closed)), "worked": fmt.Sprint(len(days.Worked))})
		if c, err = loadCalendar(tx, ""); err != nil {
			return err
		}
		return outbox.Tell(tx, "agency", scope.Tenant(), c.Version)
	})
	return c, err
}

func loadCalendar(tx *tenancy.Tx, lock string) (Calendar, error) {
	c := Calendar{CalendarDays: CalendarDays{Closed: []CalendarDay{}, Worked: []CalendarDay{}}, National: national(tx.Now())}
	err := tx.Load(tenancy.Value(&c.Version, "select calendar_version from agencies"+lock),
		tenancy.Scan("select day, works, title from agency_holidays order by day", nil, func(rows pgx.Rows) error {
			var d CalendarDay
			var works bool
			err := rows.Scan(&d.Day, &works, &d.Title)
			list := &c.Closed
			if works {
				list = &c.Worked
			}
			*list = append(*list, d)
			return err
		}))
	return c, err
}

// national lists the holidays that fall on a weekday in the year of an instant and the next.
func national(now time.Time) []calendar.Date {
	out := []calendar.Date{}
	for day := calendar.On(now.Year(), time.January, 1); day.Time().Year() < now.Year()+2; day = day.AddDays(1) {
		if holiday(day) {
			out = append(out, day)
		}
	}
	return out
}

// holiday: a national one that takes a working day away.
func holiday(day calendar.Date) bool {
	weekday := day.Time().Weekday()
	return weekday != time.Saturday && weekday != time.Sunday && workflow.ItalianHoliday(day.Time())
}

// wrong says for each day that does not fit why; days without a name in one language take the other's.
func (c *CalendarDays) wrong() (fields []fault.Field) {
	seen := map[calendar.Date]bool{}
	for _, list := range []struct {
		name   string
		days   []CalendarDay
		worked bool
	}{{"closed", c.Closed, false}, {"worked", c.Worked, true}} {
		for i := range list.days {
			d := &list.days[i]
			say := func(member, sentence string) {
				fields = append(fields, fault.Field{Pointer: fmt.Sprintf("/%s/%d/%s", list.name, i, member), Message: sentence})
			}
			d.Title = workflow.Text{EN: strings.TrimSpace(d.Title.EN), IT: strings.TrimSpace(d.Title.IT)}
			d.Title = d.Title.Or(workflow.Text{})
			switch {
			case d.Day.IsZero():
				say("day", "Enter a day, like 2026-12-07.")
			case seen[d.Day]:
				say("day", "This day is in the lists already. Keep it once.")
			case list.worked && !holiday(d.Day):
				say("day", "This is no national holiday on a weekday. Only such a day can be worked as an exception.")
			}
			if d.Title.EN == "" || len(d.Title.EN) > maxTitle || len(d.Title.IT) > maxTitle {
				say("title", fmt.Sprintf("Give the day a name of at most %d characters.", maxTitle))
			}
			seen[d.Day] = true
		}
	}
	return fields
}

type calendarRow struct {
	CalendarDay
	Works bool `json:"works"`
}

func (c *CalendarDays) rows() []calendarRow {
	out := []calendarRow{}
	for _, d := range c.Closed {
		out = append(out, calendarRow{d, false})
	}
	for _, d := range c.Worked {
		out = append(out, calendarRow{d, true})
	}
	return out
}
