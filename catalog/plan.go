package catalog

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"etl/views"
)

// Plan is what has to be done for a database to have the tables of a lake.
type Plan struct {
	database string
	creates  bool // the database is missing
	steps    []step
}

// step is what becomes of a table or view.
type step struct {
	kind    string
	input   *types.TableInput
	found   bool     // it is there
	version string   // that an update replaces
	changes []string // of an update, for people
}

func (s step) name() string { return aws.ToString(s.input.Name) }

// Plan compares the catalogue with the tables and the views over them. Something
// of their names that is not this lake's is ErrForeign, and every such thing is
// named. Errors wrap ErrForeign, ErrDenied or ErrUnavailable.
func (g *Glue) Plan(ctx context.Context, database string, tables []views.ExternalTable, overThem []views.ExternalView) (*Plan, error) {
	there, err := g.database(ctx, database)
	if err != nil {
		return nil, err
	}
	p := &Plan{database: database, creates: !there}
	for _, t := range tables {
		p.steps = append(p.steps, step{kind: "table", input: tableInput(t)})
	}
	for _, v := range overThem {
		input, err := viewInput(v, database)
		if err != nil {
			return nil, err
		}
		p.steps = append(p.steps, step{kind: "view", input: input})
	}
	if !there {
		return p, nil
	}
	var foreign []error
	for i := range p.steps {
		s := &p.steps[i]
		found, err := g.table(ctx, database, s.name())
		if err != nil {
			return nil, err
		}
		if found == nil {
			continue
		}
		if err := foreigner(found, s.input); err != nil {
			foreign = append(foreign, err)
			continue
		}
		s.found = true
		s.version = aws.ToString(found.VersionId)
		s.input, s.changes = merged(found, s.input)
	}
	if len(foreign) > 0 {
		return nil, errors.Join(foreign...)
	}
	return p, nil
}

// foreigner is an error where the table wasn't made for this lake.
func foreigner(found *types.Table, wanted *types.TableInput) error {
	lake, ours := wanted.Parameters[views.LakeParameter], found.Parameters[views.LakeParameter]
	name := aws.ToString(found.DatabaseName) + "." + aws.ToString(found.Name)
	switch {
	case ours == "":
		return fmt.Errorf("%w: %s has no parameter %s, so etl leaves it alone; choose another --database, or drop or rename it", ErrForeign, name, views.LakeParameter)
	case ours != lake:
		return fmt.Errorf("%w: %s is of the lake %s; choose another --database, or drop it if that lake is gone", ErrForeign, name, ours)
	}
	return nil
}

// Changes is how many things the plan creates or updates.
func (p *Plan) Changes() int {
	n := 0
	if p.creates {
		n++
	}
	for _, s := range p.steps {
		if !s.found || len(s.changes) > 0 {
			n++
		}
	}
	return n
}

// String shows the plan, a line for each table: + is created, ~ updated, = as it
// should be.
func (p *Plan) String() string {
	var b strings.Builder
	if p.creates {
		fmt.Fprintf(&b, "+ create database %s\n", p.database)
	}
	for _, s := range p.steps {
		switch {
		case !s.found:
			fmt.Fprintf(&b, "+ create %s %s.%s: %d columns\n", s.kind, p.database, s.name(), len(s.input.StorageDescriptor.Columns)+len(s.input.PartitionKeys))
		case len(s.changes) > 0:
			fmt.Fprintf(&b, "~ update %s %s.%s: %s\n", s.kind, p.database, s.name(), strings.Join(s.changes, "; "))
		default:
			fmt.Fprintf(&b, "= %s %s.%s is unchanged\n", s.kind, p.database, s.name())
		}
	}
	return b.String()
}

// Apply does what the plan says, in its order, and stops at the first error:
// what was done by then stays, and a new plan has the rest. Errors wrap
// ErrDenied or ErrUnavailable.
func (g *Glue) Apply(ctx context.Context, p *Plan) error {
	if p.creates {
		if err := g.createDatabase(ctx, p.database); err != nil {
			return err
		}
	}
	for _, s := range p.steps {
		var err error
		switch {
		case !s.found:
			err = g.create(ctx, p.database, s.input)
		case len(s.changes) > 0:
			err = g.update(ctx, p.database, s.version, s.input)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
