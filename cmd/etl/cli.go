package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/alecthomas/kong"

	"etl/jobs"
	"etl/load"
)

// cli is the command tree. Every flag has an ETL_ variable and a name in the
// configuration file; kong derives both from the field.
type cli struct {
	Config   string `help:"YAML file with the same names as the flags." placeholder:"FILE" group:"General"`
	LogLevel string `help:"Least level of log lines on standard error: debug, info, warn, error." enum:"debug,info,warn,error" default:"info" group:"General"`

	Run      runCommand      `cmd:"" help:"Load the call records of given ids."`
	Sync     syncCommand     `cmd:"" help:"Find the calls that the lake lacks and load them: the job for cron."`
	Listen   listenCommand   `cmd:"" help:"Receive Graph's notifications of new and changed calls, for etl sync --inbox."`
	Status   statusCommand   `cmd:"" help:"Say how complete the lake is: what is covered, pending, late and near to being lost."`
	Pending  pendingCommand  `cmd:"" help:"List the calls that are not in the lake yet, with the reason and the hours left."`
	Audit    auditCommand    `cmd:"" help:"Prove that the lake is right, or name what is wrong."`
	Replay   replayCommand   `cmd:"" help:"Rebuild tables from the raw archive, without Graph."`
	Report   reportCommand   `cmd:"" help:"Make an HTML page of how calls went: volume, quality, failures, where, what is missing."`
	SQL      sqlCommand      `cmd:"" name:"sql" help:"Print tables and views for DuckDB, Athena, Trino or Spark."`
	Demo     demoCommand     `cmd:"" help:"Load some hundreds of calls of a simulated tenant and show how to query them."`
	Simulate simulateCommand `cmd:"" help:"Serve a simulated tenant: sign-in and Graph, over TLS."`
	Version  versionCommand  `cmd:"" help:"Print the version."`

	// What queries need beside calls.
	Buildings buildingsCommand `cmd:"" help:"Publish CQD's building file in the lake, so that queries know networks by their buildings."`
}

// lakeFlags say where the lake is.
type lakeFlags struct {
	Lake         string `help:"Where the tables are: a folder or s3://bucket/prefix." default:"./lake" group:"Lake"`
	SingleWriter bool   `help:"Write to a store that ignores conditional writes. Nothing else may write to the lake at the same time then." group:"Lake"`
}

// options are those of a lake that the command opens.
func (f lakeFlags) options(a *app) load.Options {
	return load.Options{SingleWriter: f.SingleWriter, Log: a.log}
}

// open opens the lake.
func (f lakeFlags) open(a *app) (*load.Lake, error) { return load.Open(a.ctx, f.Lake, f.options(a)) }

// fillFlags say where the lake is that fetched calls go to, and what is kept
// there beside the tables.
type fillFlags struct {
	lakeFlags
	Raw bool `help:"Keep every call record as Graph sent it, below raw/, too. The tables can then be rebuilt." default:"true" negatable:"" group:"Lake"`
}

// open opens the lake.
func (f fillFlags) open(a *app) (*load.Lake, error) {
	options := f.options(a)
	options.NoRaw = !f.Raw
	return load.Open(a.ctx, f.Lake, options)
}

// outputFlags say how a run's summary is printed.
type outputFlags struct {
	Output string `help:"Form of the summary on standard output: text or json." enum:"text,json" default:"text" group:"General"`
}

// cloudFlags say where Graph and Entra ID are.
type cloudFlags struct {
	Cloud        string `help:"National cloud: global, usgov (GCC High) or usgov-dod." enum:"global,usgov,usgov-dod" default:"global" group:"Microsoft Graph"`
	GraphURL     string `name:"graph-url" help:"Origin of Graph, in place of the cloud's." placeholder:"URL" group:"Microsoft Graph"`
	AuthorityURL string `name:"authority-url" help:"Origin of Entra ID, in place of the cloud's." placeholder:"URL" group:"Microsoft Graph"`
	CAFile       string `name:"ca-file" help:"PEM file of certificate authorities to trust beside the system's." placeholder:"FILE" group:"Microsoft Graph"`
}

// graphFlags say how calls are fetched.
type graphFlags struct {
	cloudFlags
	budgetFlags
}

// budgetFlags bound what a run asks of Graph.
type budgetFlags struct {
	Concurrency       int           `help:"Calls fetched at once." default:"32" group:"Microsoft Graph"`
	GraphRequests     int           `help:"Requests to Graph per 20 s." default:"1500" group:"Microsoft Graph"`
	GraphListRequests int           `help:"Requests per 20 s that list calls." default:"40" group:"Microsoft Graph"`
	GraphCallRequests int           `help:"Requests per 20 s for one call." default:"40" group:"Microsoft Graph"`
	GraphLogRequests  int           `help:"Requests per 60 s for each of the PSTN and Direct Routing logs." default:"50" group:"Microsoft Graph"`
	Deadline          time.Duration `help:"End of the run; calls not done by then are pending." default:"50m" group:"Microsoft Graph"`
	CallDeadline      time.Duration `help:"How long to try one call before it is pending." default:"10m" group:"Microsoft Graph"`
}

// run parses the arguments, runs the command and returns the exit code.
func run(ctx context.Context, w world) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("etl"),
		kong.Description(description),
		kong.DefaultEnvars("ETL"),
		kong.Help(help),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
		kong.WithBeforeResolve(addConfig),
		kong.Writers(w.stdout, w.stderr),
		kong.Exit(func(code int) { exit = code }),
	)
	if err != nil {
		panic("building the command tree: " + err.Error()) // a mistake in the struct tags
	}
	parsed, err := parser.Parse(w.args)
	if exit >= 0 {
		return exit // --help has been printed
	}
	if err != nil {
		var parse *kong.ParseError
		if errors.As(err, &parse) {
			err = fmt.Errorf("%w (see etl --help)", parse)
		}
		fmt.Fprintf(w.stderr, "etl: %v\n", err)
		return jobs.ExitUsage
	}
	a := &app{world: w, ctx: ctx, log: newLog(w.stderr, c.LogLevel)}
	if err := parsed.Run(a); err != nil {
		a.fail(err)
	}
	return a.code
}

// app is what commands run with.
type app struct {
	world
	ctx  context.Context
	log  *slog.Logger
	code int
}

// fail makes the command end with the error's exit code, and says why in one
// line.
func (a *app) fail(err error) {
	a.code = jobs.ExitCode(err)
	if isTerminal(a.stderr) {
		fmt.Fprintf(a.stderr, "etl: %v\n", err)
		return
	}
	a.log.Error(err.Error(), "exit_code", a.code)
}
