package extract

import "testing"

// What differs in type is no difference; what differs in sense always is.
func TestFindTellsTypeFromSense(t *testing.T) {
	text := "In 2018, the agency lost 1.5 million records, including 15 keys and CVE-2021-44228. It was not a breach. They didn't pay, and won't. " +
		"No data was lost. Alice Smith told Bob Jones that the system never failed without warning. Nobody knew, no. Mail was read.\n\n" +
		"The second paragraph speaks of the “first” office’s ef\ufb01cient work — well\u00adknown and 2½ times done. It costs $1,000 and 10% more.\n\n" +
		"A third paragraph: Mu\u0308ller’s naïve co\u2011operation… ended in Zürich. He said, “I can’t ‘do’ that.” It is 5' tall, −3\u00a0°C, A–Z.\n\n" +
		"Данные не были потеряны, сказала Анна. 数据没有丢失。公司说没有问题。\n\n" +
		"We know that a system of this age, which has no tests, is not safe. Data was kept. It is C++, v2.10.3, at 10:45 p.m."
	source := NewSource(text)
	for quoted, want := range map[string]Verdict{
		"In 2018, the agency lost 1.5 million records":                           Exact,
		"In 2017, the agency lost 1.5 million records":                           Altered,
		"the agency lost 15 million records":                                     Altered,
		"the agency lost 1,5 million records":                                    Altered,
		"the agency lost 1.5 billion records":                                    Altered,
		"including 15 keys and CVE-2021-44229.":                                  Altered,
		"including 15 keys and CVE-2021-4422":                                    Altered,
		"including 15 keys and CVE\u20112021\u201144228.":                        Typographic,
		"it was not a breach.":                                                   Typographic,
		"It was a breach.":                                                       Altered,
		"They did pay, and won't.":                                               Altered,
		"They didn't pay, and will.":                                             Altered,
		"They didn't pay, and wont.":                                             Altered,
		"They didn’t pay, and won’t.":                                            Typographic,
		"the system failed without warning":                                      Altered,
		"the system never failed with warning":                                   Altered,
		"Bob Jones told Alice Smith that the system":                             Altered,
		"Alice Smyth told Bob Jones":                                             Altered,
		"In 2018, the agency lost [...] 15 keys":                                 Elided,
		"In 2018, the agency lost […] 16 keys":                                   Altered,
		"1.5 million records [...] CVE-2021-44228. [...] ended in Zürich":        Elided,
		"In 2018, [the GSA] lost 1.5 million records":                            Inserted,
		"[T]he agency lost 1.5 million records":                                  Inserted,
		"It was [...] a breach.":                                                 Altered,
		"a system of this age [...] safe":                                        Altered,
		"a system [...] is not safe":                                             Elided,
		"a system of this age [it has been shown] safe":                          Altered,
		"the \"first\" office's efficient work - wellknown and 2 1/2 times done": Typographic,
		"wellknown and 21/2 times done":                                          Altered,
		"It costs £1,000 and 10% more.":                                          Altered,
		"It costs $1,000 and 100% more.":                                         Altered,
		"It costs $1,000 and 10\u202f% more.":                                    Typographic,
		"Müller's naïve co-operation... ended in Zürich.":                        Typographic,
		"Muller's naive co-operation... ended in Zurich.":                        Altered,
		"He said, ‘I can’t “do” that.’":                                          Typographic,
		"He said, \"I can 'do' that.\"":                                          Altered,
		"It is 5\" tall, −3 °C, A–Z.":                                            Altered,
		"It is 5' tall, -3 °C, A-Z.":                                             Typographic,
		"It is 5' tall, 3 °C, A-Z.":                                              Altered,
		"Данные не были потеряны, сказала Анна.":                                 Exact,
		"Данные были потеряны, сказала Анна.":                                    Altered,
		"数据没有丢失。公司说没有问题。":                                                        Exact,
		"数据没有丢失。公司说有问题。":                                                         Altered,
		"It is C, v2.10.3, at 10:45 p.m.":                                        Altered,
		"It is C++, v2.1.03, at 10:45 p.m.":                                      Altered,
		"It is C++, v2.10.3, at 10:54 p.m.":                                      Altered,
		// The word that denies stands right before what is quoted.
		"data was lost":    Altered,
		"Data was lost.":   Altered,
		"a breach":         Altered,
		"Mail was read.":   Exact,
		"Data was kept.":   Exact,
		"the agency lost":  Exact,
		"No data was lost": Exact,
		"failed":           Altered,
		"pay, and won't":   Altered,
		"told Bob Jones [...] failed without warning": Altered,
	} {
		if got := source.Find(quoted); got.Verdict != want {
			t.Errorf("%q is %s, want %s (%+v)", quoted, got.Verdict, want, got)
		}
	}
	if f := Find("To patch or not\n\nData was kept.", "Data was kept."); f.Verdict != Exact {
		t.Errorf("a heading denies the paragraph under it: %+v", f)
	}
	if f := Find("Is it safe? No\nData was kept.", "Data was kept."); f.Verdict != Exact {
		t.Errorf("a line denies the one under it: %+v", f)
	}
	if f := Find("It is not\nsafe to use.", "safe to use."); f.Verdict != Altered {
		t.Errorf("a text that breaks its lines anywhere hides a word: %+v", f)
	}
	// The same words elsewhere, not denied, are meant.
	if f := Find("It is not safe. Later: it is safe, they say.", "safe"); f.Verdict != Exact || f.Start < 20 {
		t.Errorf("%+v", f)
	}
}
