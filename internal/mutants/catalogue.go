package main

// catalogue has the bugs. docs/testing.md lists them, too.
var catalogue = []mutant{
	{
		name: "calls published before children", file: "load/publish.go",
		old:  "\tfor _, t := range c.tables {\n",
		new:  "\tfor i := range c.tables {\n\t\tt := c.tables[len(c.tables)-1-i]\n",
		test: []string{"./jobs", "-run", "TestEveryWriteLeavesTheLakeInOrder"},
	},
	{
		name: "conflict taken for success", file: "load/publish.go",
		old:  "\t\t\t\t\td.conflict = true\n",
		new:  "",
		test: []string{"./jobs", "-run", "TestTwoWritersAtOnce"},
	},
	{
		name: "condition headers left out", file: "load/s3.go",
		old:  "\treturn &version, nil\n",
		new:  "\treturn nil, nil\n",
		test: []string{"./jobs", "-run", "TestTwoWritersAtOnce"},
	},
	{
		name: "read-back skipped", file: "load/s3draft.go",
		old:  "\t\tif err == nil && aws.ToString(out.ETag) != \"\" {\n\t\t\td.published = true\n\t\t\treturn d.settle(ctx, version, *out.ETag)\n",
		new:  "\t\tif err == nil {\n\t\t\t_ = out\n\t\t\td.published = true\n\t\t\treturn nil\n",
		test: []string{"./jobs", "-run", "TestFaultsOfTheStore/empty_answer", "-sweep.all"},
	},
	{
		name: "old rows kept beside new ones", file: "load/merge.go",
		old:  "\treturn replaced && !m.kept[s.at.key] && s.version <= limit\n",
		new:  "\treturn false && replaced && s.version <= limit\n",
		test: []string{"./jobs", "-run", "TestEveryWriteLeavesTheLakeInOrder"},
	},
	{
		name: "lower version let in", file: "load/day.go",
		old:  "\tcase known && h.version > w.Version:\n",
		new:  "\tcase known && h.version > w.Version && w.tried:\n",
		test: []string{"./jobs", "-run", "TestRunReplacesCallsOfWhichGraphHasANewerVersion"},
	},
	{
		name: "moved call stays at its old date", file: "load/commit.go",
		old:  "\tif err := c.dropMoved(ctx); err != nil {\n\t\treturn err\n\t}\n",
		new:  "",
		test: []string{"./jobs", "-run", "TestEveryWriteLeavesTheLakeInOrder"},
	},
	{
		name: "no second look across midnight", file: "load/commit.go",
		old:  "\tif err := c.survey(ctx); err != nil {\n\t\treturn err\n\t}\n\tif err := c.dropMoved",
		new:  "\tif err := c.dropMoved",
		test: []string{"./load", "-run", "TestConflictAcrossMidnight"},
	},
	{
		name: "next link ignored", file: "extract/fetch.go",
		old:  "\tif p.next == \"\" {\n",
		new:  "\tif p.next == \"\" || c.depth == 0 {\n",
		test: []string{"./jobs", "-run", "TestEveryWriteLeavesTheLakeInOrder"},
	},
	{
		name: "nested next link ignored", file: "extract/fetch.go",
		old:  "\t\tif link == nil {\n",
		new:  "\t\tif link == nil || depth == 0 {\n",
		test: []string{"./extract", "-run", "TestFetchFollowsLinksInsideItems"},
	},
	{
		name: "version change between pages ignored", file: "extract/fetch.go",
		old:  "\tif participants.version != sessions.version {\n",
		new:  "\tif false {\n",
		test: []string{"./extract", "-run", "TestVersionThatKeepsChangingIsAFailure"},
	},
	{
		name: "page of another call accepted", file: "extract/page.go",
		old:  "\tcase r.id != \"\" && !sameID(r.id, want.id), contextID(r.context) != \"\" && !sameID(contextID(r.context), want.id):\n",
		new:  "\tcase false:\n",
		test: []string{"./jobs", "-run", "TestBadCallsDoNotKeepOthersFromBeingLoaded"},
	},
	{
		name: "same id fetched twice", file: "extract/distinct.go",
		old:  "\t\tif _, ok := seen[fingerprint]; ok {\n",
		new:  "\t\tif _, ok := seen[fingerprint]; ok && false {\n",
		test: []string{"./jobs", "-run", "TestRunLoadsEveryCallExactly"},
	},
	{
		name: "pending calls not written", file: "jobs/pending.go",
		old:  "\t\tfor id, call := range w.tried {\n",
		new:  "\t\tfor id, call := range map[string]PendingCall{} {\n",
		test: []string{"./jobs", "-run", "TestFaultsOfGraph/error_from"},
	},
	{
		name: "lost call is exit code 0", file: "jobs/exit.go",
		old:  "\tif r.Lost > 0 {\n\t\treturn ExitLost\n",
		new:  "\tif r.Lost > 0 {\n\t\treturn ExitLoaded\n",
		test: []string{"./jobs", "-run", "TestCallsThatGraphHasForgotten|TestSimulatedHistories"},
	},
	{
		name: "pending calls never settled", file: "jobs/pending.go",
		old:  "\t\t\t\tdelete(*pending, id)\n",
		new:  "",
		test: []string{"./jobs", "-run", "TestFaultsOfGraph/error_from"},
	},
	{
		name: "records archived after the tables", file: "load/commit.go",
		old:  "\tif err := c.publishRaw(ctx, raw); err != nil {\n\t\treturn err\n\t}\n\treturn c.publish(ctx, days)\n",
		new:  "\tif err := c.publish(ctx, days); err != nil {\n\t\treturn err\n\t}\n\treturn c.publishRaw(ctx, raw)\n",
		test: []string{"./jobs", "-run", "TestEveryWriteLeavesTheLakeInOrder"},
	},
	{
		name: "commits not written down", file: "load/commit.go",
		old:  "\tif err := c.writeJournal(ctx, days, raw); err != nil {\n\t\treturn err\n\t}\n",
		new:  "",
		test: []string{"./load", "-run", "TestCommitLeavesNoJournal|TestDeadCommitIsUnfinished"},
	},
	{
		name: "commits of dead runs forgotten", file: "jobs/unfinished.go",
		old:  "\tif err := r.rebuildFrom(ctx, u.Raw, name, report); err != nil {\n\t\treturn err\n\t}\n",
		new:  "",
		test: []string{"./jobs", "-run", "TestNextRunCompletesADeadCommitFromTheArchive"},
	},
	{
		name: "cut-short copy of a version kept", file: "load/day.go",
		old:  "\treturn order > 0 || order != 0 && w.tried\n",
		new:  "\treturn order < 0\n",
		test: []string{"./load", "-run", "TestSameVersionWithOtherContent"},
	},
	{
		name: "replay lets an older version win", file: "jobs/source.go",
		old:  "\t\tcase entry.key.CallVersion > p.version:\n",
		new:  "\t\tcase entry.key.CallVersion < p.version:\n",
		test: []string{"./jobs", "-run", "TestReplayGivesEqualTables"},
	},
	{
		name: "audit blind to missing rows", file: "load/inspect.go",
		old:  "n != want {\n",
		new:  "n > want {\n",
		test: []string{"./jobs", "-run", "TestAuditFindsAndRepairs"},
	},
	{
		name: "new objects published without a condition", file: "load/s3.go",
		old:  "\t\treturn nil, aws.String(\"*\")\n",
		new:  "\t\treturn nil, nil\n",
		test: []string{"./load", "-run", "TestProbe|TestConflictOnNewDate"},
	},
}
