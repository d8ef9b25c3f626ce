package exemption_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"bottega/assets"
	"bottega/desk/civil"
	"bottega/desk/exemption"
	"bottega/desk/money"
)

var today = day("2026-11-21")

func day(s string) civil.Date {
	d, err := civil.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func euro(s string) *money.Amount {
	a, err := money.Parse(s)
	if err != nil {
		panic(err)
	}
	return &a
}

func set[T any](v T) *T { return &v }

// failing is what *testing.T and *rapid.T share.
type failing interface {
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

var rules = sync.OnceValues(assets.Rules)

func book(t failing) exemption.Book {
	b, err := rules()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func judge(t failing, f exemption.Facts, on civil.Date) exemption.Verdict {
	v, err := book(t).Case(f, on)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// stand says in which list a code is.
func stand(v exemption.Verdict, code string) string {
	for name, lines := range map[string][]exemption.Line{"fits": v.Fits, "fails": v.Fails, "not checked": v.NotChecked} {
		if slices.Contains(exemption.Codes(lines), code) {
			return name
		}
	}
	return "nowhere"
}

func line(t failing, v exemption.Verdict, code string) exemption.Line {
	for _, l := range slices.Concat(v.Fits, v.Fails, v.NotChecked) {
		if l.Code == code {
			return l
		}
	}
	t.Fatalf("%s is in no list", code)
	return exemption.Line{}
}

func outOfWork(spouse bool, children int, income string) exemption.Facts {
	return exemption.Facts{
		BirthDate: day("1980-05-10"), Role: exemption.Self, Work: exemption.LostJob, Registered: set(true),
		Pension: exemption.NoPension, Spouse: &spouse, Children: &children, Income: euro(income),
	}
}

func TestLimitsOfE02AreExactToTheCent(t *testing.T) {
	for _, c := range []struct {
		spouse       bool
		children     int
		below, limit string
	}{
		{false, 0, "8.263,30", "8.263,31"},
		{false, 1, "8.779,76", "8.779,77"},
		{false, 2, "9.296,22", "9.296,23"},
		{true, 0, "11.362,04", "11.362,05"},
		{true, 1, "11.878,50", "11.878,51"},
		{true, 2, "12.394,96", "12.394,97"},
	} {
		if got := stand(judge(t, outOfWork(c.spouse, c.children, c.below), today), "E02"); got != "fits" {
			t.Errorf("%s, spouse %v, %d children: %s", c.below, c.spouse, c.children, got)
		}
		if got := stand(judge(t, outOfWork(c.spouse, c.children, c.limit), today), "E02"); got != "fails" {
			t.Errorf("%s, spouse %v, %d children: %s", c.limit, c.spouse, c.children, got)
		}
	}
}

func TestWhoFitsAndWhoDoesNot(t *testing.T) {
	older := exemption.Facts{BirthDate: day("1950-03-05"), Role: exemption.Self}
	with := func(f exemption.Facts, change func(*exemption.Facts)) exemption.Facts { change(&f); return f }
	type facts = exemption.Facts
	for _, c := range []struct {
		name  string
		facts exemption.Facts
		code  string
		want  string
	}{
		{"E01 at the limit itself", with(older, func(f *facts) { f.Income = euro("36.151,98") }), "E01", "fits"},
		{"E01 a cent above", with(older, func(f *facts) { f.Income = euro("36.151,99") }), "E01", "fails"},
		{"E01 with no income known", older, "E01", "not checked"},
		{"E01 at 40 fails whatever the income", facts{BirthDate: day("1986-01-01")}, "E01", "fails"},
		{"E01 without a birth date", facts{Income: euro("1.000")}, "E01", "not checked"},
		{"E01 of a small child", facts{BirthDate: day("2022-01-01"), Role: exemption.Child, Income: euro("20.000")}, "E01", "fits"},
		{"E01 on the 65th birthday", facts{BirthDate: day("1961-11-21"), Income: euro("0")}, "E01", "fits"},
		{"E01 the day before it", facts{BirthDate: day("1961-11-22"), Income: euro("0")}, "E01", "fails"},
		{"E01 on the 6th birthday", facts{BirthDate: day("2020-11-21"), Income: euro("0")}, "E01", "fails"},
		{"E01 the day before the 6th", facts{BirthDate: day("2020-11-22"), Income: euro("0")}, "E01", "fits"},
		{"E02 of a first-job seeker", facts{Work: exemption.FirstJob}, "E02", "fails"},
		{"E02 not registered", facts{Work: exemption.LostJob, Registered: set(false)}, "E02", "fails"},
		{"E02 with the work unknown", facts{Income: euro("0"), Spouse: set(false), Children: set(0)}, "E02", "not checked"},
		{"E02 with work unknown and too much income", facts{Income: euro("50.000"), Spouse: set(true), Children: set(1)}, "E02", "fails"},
		{"E02 household unknown, income under the lowest limit", facts{
			Work: exemption.LostJob, Registered: set(true), Income: euro("8.000"),
		}, "E02", "fits"},
		{"E02 household unknown, income above the lowest limit", facts{
			Work: exemption.LostJob, Registered: set(true), Income: euro("9.000"),
		}, "E02", "not checked"},
		{"E02 of a dependant", facts{
			BirthDate: day("2010-01-01"), Role: exemption.Dependant, Work: exemption.LostJob, Registered: set(true), Income: euro("8.000"),
		}, "E02", "fits"},
		{"E03 needs no income", facts{Pension: exemption.Social}, "E03", "fits"},
		{"E03 with another pension", facts{Pension: exemption.Other}, "E03", "fails"},
		{"E04 at 60", facts{BirthDate: day("1966-11-21"), Pension: exemption.Minimum, Income: euro("8.263,30")}, "E04", "fits"},
		{"E04 a day short of 60", facts{BirthDate: day("1966-11-22"), Pension: exemption.Minimum, Income: euro("0")}, "E04", "fails"},
		{"E04 of a young dependant goes by the pensioner's age", facts{
			BirthDate: day("2010-01-01"), Role: exemption.Dependant, MainBirthDate: day("1950-01-01"), Pension: exemption.Minimum, Income: euro("0"),
		}, "E04", "fits"},
		{"E04 of a dependant of a pensioner of unknown age", facts{
			BirthDate: day("1950-01-01"), Role: exemption.Dependant, Pension: exemption.Minimum, Income: euro("0"),
		}, "E04", "not checked"},
		{"E90 is never judged", outOfWork(false, 0, "0"), "E90", "not checked"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := stand(judge(t, c.facts, today), c.code); got != c.want {
				t.Errorf("%s: %s, want %s", c.code, got, c.want)
			}
		})
	}
}

func TestHowLongAnExemptionHolds(t *testing.T) {
	type facts = exemption.Facts
	for _, c := range []struct {
		name, on, code string
		facts          exemption.Facts
		to             string
		forever        bool
	}{
		{"in November, to 31 March next", "2026-11-21", "E02", outOfWork(false, 0, "0"), "2027-03-31", false},
		{"on 31 March, to that day", "2027-03-31", "E02", outOfWork(false, 0, "0"), "2027-03-31", false},
		{"on 1 April, a whole year", "2027-04-01", "E02", outOfWork(false, 0, "0"), "2028-03-31", false},
		{"a child to the 6th birthday when it comes first", "2026-11-21", "E01", facts{BirthDate: day("2021-01-15"), Income: euro("0")}, "2027-01-15", false},
		{"a child to 31 March when that comes first", "2026-11-21", "E01", facts{BirthDate: day("2021-06-15"), Income: euro("0")}, "2027-03-31", false},
		{"a child whose birthday is 31 March", "2026-11-21", "E01", facts{BirthDate: day("2021-03-31"), Income: euro("0")}, "2027-03-31", false},
		{"a child born on 29 February turns six on 1 March", "2026-01-10", "E01", facts{BirthDate: day("2020-02-29"), Income: euro("0")}, "2026-03-01", false},
		{"at 65 E01 does not expire", "2026-11-21", "E01", facts{BirthDate: day("1950-03-05"), Income: euro("0")}, "", true},
		{"at 65 E03 does not expire", "2026-11-21", "E03", facts{BirthDate: day("1950-03-05"), Pension: exemption.Social}, "", true},
		{"at 62 E04 does", "2026-11-21", "E04", facts{BirthDate: day("1964-03-05"), Pension: exemption.Minimum, Income: euro("0")}, "2027-03-31", false},
		{"a young dependant of an old pensioner has a year", "2026-11-21", "E04", facts{
			BirthDate: day("2010-01-01"), Role: exemption.Dependant, MainBirthDate: day("1950-01-01"), Pension: exemption.Minimum, Income: euro("0"),
		}, "2027-03-31", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := line(t, judge(t, c.facts, day(c.on)), c.code)
			if l.ValidTo.String() != c.to || l.NoExpiry != c.forever {
				t.Errorf("to %q, for ever %v; want %q, %v (%s)", l.ValidTo, l.NoExpiry, c.to, c.forever, l.Why.It)
			}
		})
	}
}

func TestAVerdictSaysHowItGoesOnAfterTheYear(t *testing.T) {
	older := exemption.Facts{BirthDate: day("1950-03-05"), Income: euro("0")}
	child := exemption.Facts{BirthDate: day("2021-01-15"), Income: euro("0")}
	for _, c := range []struct {
		name, code string
		facts      exemption.Facts
		says       string
		renews     bool
	}{
		{"E02 is declared every year", "E02", outOfWork(false, 0, "0"), "dichiarata di nuovo", true},
		{"at 65 nothing has to be done", "E01", older, "non scade", false},
		{"a child's ends with the birthday", "E01", child, "15/01/2027", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			why := line(t, judge(t, c.facts, today), c.code).Why.It
			if !strings.Contains(why, c.says) || strings.Contains(why, "dichiarata") != c.renews {
				t.Errorf("%s", why)
			}
		})
	}
}

func TestAVerdictSaysWhatIsMissing(t *testing.T) {
	l := line(t, judge(t, exemption.Facts{Work: exemption.LostJob}, today), "E02")
	want := []exemption.Fact{exemption.FactRegistered, exemption.FactIncome, exemption.FactSpouse, exemption.FactChildren}
	if !slices.Equal(l.Needs, want) {
		t.Errorf("needs %v, want %v", l.Needs, want)
	}
	if !strings.Contains(l.Why.It, "Centro per l'impiego") || !strings.Contains(l.Why.En, "job centre") {
		t.Errorf("the missing facts are not named: %+v", l.Why)
	}
}

func TestBeforeTheFirstRulesNothingIsJudged(t *testing.T) {
	if _, err := book(t).Case(exemption.Facts{}, day("2020-08-31")); err == nil {
		t.Error("a case of August 2020 was judged by the rules of September")
	}
}

func TestOfSeveralSetsTheOneInForceJudges(t *testing.T) {
	old := exemption.RuleSet{ID: "old", Version: 1, From: day("2020-09-01"), To: day("2026-12-31")}
	next := exemption.RuleSet{ID: "next", Version: 1, From: day("2027-01-01")}
	early := exemption.RuleSet{ID: "early", Version: 1, From: day("2026-06-01"), To: day("2026-06-30")}
	for on, want := range map[string]string{
		"2020-09-01": "old", "2026-05-31": "old", "2026-06-01": "early", "2026-06-30": "early", "2026-07-01": "old",
		"2026-12-31": "old", "2027-01-01": "next", "2099-01-01": "next",
	} {
		got, err := exemption.InForce([]exemption.RuleSet{next, old, early}, day(on))
		if err != nil || got.ID != want {
			t.Errorf("on %s: %q, %v; want %q", on, got.ID, err, want)
		}
	}
}

func TestFactsThatCannotBeAreRefused(t *testing.T) {
	for name, f := range map[string]exemption.Facts{
		"born tomorrow": {BirthDate: today.AddDays(1)}, "an unknown role": {Role: "cousin"}, "minus one child": {Children: set(-1)},
	} {
		if _, err := book(t).Case(f, today); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestADeclarationIsBegunFromTheAnswers(t *testing.T) {
	d, err := book(t).Declaration("E02", "it", map[string]string{
		"role": "self", "work": "lost_job", "job_centre": "Lucca", "did_date": "2026-02-03", "income": "7.000,00",
	}, today)
	if err != nil {
		t.Fatal(err)
	}
	if d.IncomeYear != 2025 || d.JobCentre != "Lucca" || d.DIDDate != day("2026-02-03") || d.Role != "self" || d.Declares == "" {
		t.Errorf("%+v", d)
	}
	if strings.Contains(d.Declares, "7.000") {
		t.Error("the income is in the declaration")
	}
}

// cases draws any case a desk may meet.
func cases() *rapid.Generator[exemption.Facts] {
	return rapid.Custom(func(t *rapid.T) exemption.Facts {
		f := exemption.Facts{
			BirthDate: today.AddDays(-rapid.IntRange(0, 110*365).Draw(t, "days old")),
			Role:      rapid.SampledFrom([]exemption.Role{exemption.Self, exemption.Child, exemption.Dependant}).Draw(t, "role"),
			Work: rapid.SampledFrom([]exemption.Work{
				"", exemption.Working, exemption.LostJob, exemption.FirstJob, exemption.Retired, exemption.NoWork,
			}).Draw(t, "work"),
			Pension: rapid.SampledFrom([]exemption.Pension{
				"", exemption.NoPension, exemption.Social, exemption.Minimum, exemption.Other,
			}).Draw(t, "pension"),
		}
		if rapid.Bool().Draw(t, "main known") {
			f.MainBirthDate = today.AddDays(-rapid.IntRange(0, 110*365).Draw(t, "main days old"))
		}
		for _, b := range []**bool{&f.Registered, &f.Spouse} {
			if rapid.Bool().Draw(t, "known") {
				*b = set(rapid.Bool().Draw(t, "yes"))
			}
		}
		if rapid.Bool().Draw(t, "children known") {
			f.Children = set(rapid.IntRange(0, 8).Draw(t, "children"))
		}
		return f
	})
}

func TestEveryCodeIsInExactlyOneList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := judge(t, cases().Draw(t, "case"), today)
		codes := slices.Concat(exemption.Codes(v.Fits), exemption.Codes(v.Fails), exemption.Codes(v.NotChecked))
		slices.Sort(codes)
		if !slices.Equal(codes, []string{"E01", "E02", "E03", "E04", "E90", "E91", "E92"}) {
			t.Fatalf("%v", codes)
		}
	})
}

func TestMoreIncomeNeverGivesARight(t *testing.T) {
	rank := map[string]int{"fits": 2, "not checked": 1, "fails": 0}
	rapid.Check(t, func(t *rapid.T) {
		f := cases().Draw(t, "case")
		low := money.Amount(rapid.Int64Range(0, 40_000_00).Draw(t, "low"))
		high := low + money.Amount(rapid.Int64Range(0, 10_000_00).Draw(t, "more"))
		for _, code := range []string{"E01", "E02", "E03", "E04"} {
			f.Income = &low
			before := stand(judge(t, f, today), code)
			f.Income = &high
			after := stand(judge(t, f, today), code)
			if rank[after] > rank[before] {
				t.Fatalf("%s: %s at %s, %s at %s", code, before, low, after, high)
			}
		}
	})
}

func TestLearningAFactNeverOverturnsWhatWasCertain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := cases().Draw(t, "case")
		income := money.Amount(rapid.Int64Range(0, 40_000_00).Draw(t, "income"))
		f.Income = &income
		known := f
		if known.Spouse == nil {
			known.Spouse = set(rapid.Bool().Draw(t, "spouse"))
		}
		if known.Children == nil {
			known.Children = set(rapid.IntRange(0, 8).Draw(t, "number of children"))
		}
		for _, code := range []string{"E01", "E02", "E03", "E04"} {
			before, after := stand(judge(t, f, today), code), stand(judge(t, known, today), code)
			if before != "not checked" && before != after {
				t.Fatalf("%s was %s and became %s", code, before, after)
			}
		}
	})
}

// Two incomes on the same side of every limit give the same words: nothing of an income can be read back from a verdict.
func TestAVerdictTellsNothingOfTheIncomeButTheSideOfTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := cases().Draw(t, "case")
		one, other := money.Amount(rapid.Int64Range(0, 40_000_00).Draw(t, "one")), money.Amount(rapid.Int64Range(0, 40_000_00).Draw(t, "other"))
		f.Income = &one
		if f.Spouse == nil || f.Children == nil {
			return // asking for the household tells that the lowest limit is passed, and has to
		}
		first := judge(t, f, today)
		f.Income = &other
		second := judge(t, f, today)
		for _, code := range []string{"E01", "E02", "E03", "E04"} {
			if stand(first, code) == stand(second, code) && line(t, first, code).Why != line(t, second, code).Why {
				t.Fatalf("%s: %q with one income, %q with another", code, line(t, first, code).Why.It, line(t, second, code).Why.It)
			}
			if strings.Contains(line(t, first, code).Why.It+line(t, first, code).Why.En, "%!") {
				t.Fatalf("%s is badly worded: %+v", code, line(t, first, code).Why)
			}
		}
	})
}

// On every day of many years a case that fits has an end that is not past, or none.
func TestAValidityNeverEndsBeforeItBegins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		on := today.AddDays(rapid.IntRange(-2000, 4000).Draw(t, "days"))
		born := on.AddDays(-rapid.IntRange(0, 7*366).Draw(t, "age"))
		v := judge(t, exemption.Facts{BirthDate: born, Income: euro("0")}, on)
		for _, l := range v.Fits {
			if l.ValidTo.Before(on) || l.ValidTo.After(on.AddDays(366)) {
				t.Fatalf("born %s, on %s: valid to %s", born, on, l.ValidTo)
			}
			if l.Code == "E01" && born.AgeOn(l.ValidTo.AddDays(-1)) >= 6 {
				t.Fatalf("born %s: valid to %s, when already six", born, l.ValidTo)
			}
		}
	})
}
