package catalog

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/aws/smithy-go"
)

// Facts that callers act upon; test for them with [errors.Is].
var (
	// ErrDenied: AWS refuses the credentials, or they lack a permission.
	ErrDenied = errors.New("permission refused")
	// ErrUnavailable: Glue can't be reached, or does not do its work.
	ErrUnavailable = errors.New("AWS Glue")
	// ErrForeign: something of that name is there and isn't this lake's.
	ErrForeign = errors.New("made by somebody else")
)

// Glue is a catalogue in an account and region.
type Glue struct{ client *glue.Client }

// Open reads the settings the AWS way: environment, profile, role. Errors wrap
// ErrUnavailable or ErrDenied.
func Open(ctx context.Context) (*Glue, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: reading the AWS settings: %w", ErrUnavailable, err)
	}
	if cfg.Region == "" {
		return nil, fmt.Errorf("%w: the region is not known: set AWS_REGION", ErrUnavailable)
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return nil, fmt.Errorf("%w: there are no AWS credentials: set AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role: %w", ErrDenied, err)
	}
	return &Glue{glue.NewFromConfig(cfg)}, nil
}

// database tells whether there is one of this name.
func (g *Glue) database(ctx context.Context, name string) (bool, error) {
	_, err := g.client.GetDatabase(ctx, &glue.GetDatabaseInput{Name: &name})
	if isMissing(err) {
		return false, nil
	}
	return err == nil, explain(ctx, "glue:GetDatabase", "looking at database "+name, err)
}

// table returns nil where there is none.
func (g *Glue) table(ctx context.Context, database, name string) (*types.Table, error) {
	out, err := g.client.GetTable(ctx, &glue.GetTableInput{DatabaseName: &database, Name: &name})
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, explain(ctx, "glue:GetTable", fmt.Sprintf("looking at %s.%s", database, name), err)
	}
	return out.Table, nil
}

func (g *Glue) createDatabase(ctx context.Context, name string) error {
	_, err := g.client.CreateDatabase(ctx, &glue.CreateDatabaseInput{DatabaseInput: &types.DatabaseInput{
		Name: &name, Description: aws.String("Teams call records"),
	}})
	if exists := (*types.AlreadyExistsException)(nil); errors.As(err, &exists) {
		return nil
	}
	return explain(ctx, "glue:CreateDatabase", "creating database "+name, err)
}

func (g *Glue) create(ctx context.Context, database string, input *types.TableInput) error {
	_, err := g.client.CreateTable(ctx, &glue.CreateTableInput{DatabaseName: &database, TableInput: input})
	return explain(ctx, "glue:CreateTable", fmt.Sprintf("creating %s.%s", database, *input.Name), err)
}

// update replaces the version that was compared, and no other.
func (g *Glue) update(ctx context.Context, database, version string, input *types.TableInput) error {
	_, err := g.client.UpdateTable(ctx, &glue.UpdateTableInput{DatabaseName: &database, TableInput: input, VersionId: &version})
	return explain(ctx, "glue:UpdateTable", fmt.Sprintf("updating %s.%s", database, *input.Name), err)
}

func isMissing(err error) bool {
	missing := (*types.EntityNotFoundException)(nil)
	return errors.As(err, &missing)
}

// explain says what failed and what to do.
func explain(ctx context.Context, permission, doing string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", doing, context.Cause(ctx))
	}
	code := ""
	if api := smithy.APIError(nil); errors.As(err, &api) {
		code = api.ErrorCode()
	}
	switch code {
	case "AccessDeniedException", "AccessDenied":
		return fmt.Errorf("%w: %s: the credentials lack %s (with Lake Formation, also its grants): %w", ErrDenied, doing, permission, err)
	case "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException", "InvalidClientTokenId", "IncompleteSignature", "MissingAuthenticationToken":
		return fmt.Errorf("%w: %s: AWS does not accept the credentials: %w", ErrDenied, doing, err)
	case "ConcurrentModificationException", "AlreadyExistsException", "VersionMismatchException":
		return fmt.Errorf("%w: %s: somebody else has changed it meanwhile; run it again: %w", ErrUnavailable, doing, err)
	}
	return fmt.Errorf("%w: %s: %w", ErrUnavailable, doing, err)
}
