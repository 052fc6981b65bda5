package view_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"tuppence/server/view"
)

// Of a long text a preview shows where it changes, in a row that a terminal has room for.
func TestImportTableShowsWhatChanges(t *testing.T) {
	long, before := strings.Repeat("word ", 100), "…word word word word "
	for what, test := range map[string]struct{ old, now, was, becomes string }{
		"an end":      {long, long + "free for you", "…word word word word ", "…word word word word free for you"},
		"a beginning": {"a " + long, "b " + long, "a " + long[:57] + "…", "b " + long[:57] + "…"},
		"a middle": {
			long + "a" + long, long + "é" + long, before + "a" + long[:37] + "…", before + "é" + long[:37] + "…",
		},
		"an end less":    {long + "x", long, "…word word word word x", "…word word word word "},
		"a line":         {"one\ntwo", "one\n\ntwo", "one↵two", "one↵↵two"},
		"a short text":   {"0.40", "0.44", "0.40", "0.44"},
		"a first text":   {"", long, "", long[:59] + "…"},
		"a text no more": {long, "", long[:59] + "…", ""},
	} {
		row := view.ImportTable([]view.ImportLine{{Line: 2, Field: "description", Old: test.old, New: test.now}},
			view.Format{}).Rows[0]
		was, becomes := row[3].Text, row[4].Text
		if was != test.was || becomes != test.becomes {
			t.Errorf("%s: %q becomes %q", what, was, becomes)
		}
		if was == becomes || utf8.RuneCountInString(was) > 60 || utf8.RuneCountInString(becomes) > 60 {
			t.Errorf("%s: %q becomes %q", what, was, becomes)
		}
	}
}
