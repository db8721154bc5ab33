package main

import (
	"errors"
	"fmt"
	"os"

	"etl/buildings"
	"etl/jobs"
	"etl/load"
	"etl/schemas"
)

// buildingsCommand is etl buildings.
type buildingsCommand struct {
	File string `arg:"" help:"CQD's building file: CSV or TSV without a header."`
	lakeFlags
}

// buildingFlags say which buildings there are, but for those of the lake.
type buildingFlags struct {
	Buildings string `help:"CQD's building file, in place of the one that the lake has (etl buildings)." placeholder:"FILE" group:"Report"`
}

// Run checks the file, publishes it, and says what is in it.
func (c *buildingsCommand) Run(a *app) error {
	done, err := c.publishBuildings(a, c.File)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "etl buildings: %s\n", done)
	return err
}

// publishBuildings makes a building file the table buildings of the lake, and
// returns what there is to say of it.
func (f lakeFlags) publishBuildings(a *app, name string) (done string, err error) {
	list, err := readBuildings(a, name)
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", jobs.ErrUsage, name, err)
	}
	lake, err := f.open(a)
	if err != nil {
		return "", err
	}
	defer lake.Close()
	table, changed, err := lake.PutBuildings(a.ctx, buildings.Rows(list))
	if err != nil {
		return "", err
	}
	outcome := "published as"
	if !changed {
		outcome = "nothing new, the same as in"
	}
	return fmt.Sprintf("%s; %s %s in %s", describeBuildings(list), outcome, table.Key, f.Lake), nil
}

// rows returns the table of buildings that the lake has or, where a file is
// given, that it would have with that one.
func (f buildingFlags) rows(a *app, lake *load.Lake) ([]schemas.Building, error) {
	if f.Buildings == "" {
		return lake.Buildings(a.ctx)
	}
	list, err := readBuildings(a, f.Buildings)
	if err != nil {
		return nil, fmt.Errorf("%w: --buildings: %w", jobs.ErrUsage, err)
	}
	return buildings.Rows(list), nil
}

// readBuildings reads the file. One without a line is refused: it is more
// likely a mistake than a company without networks.
func readBuildings(a *app, name string) ([]buildings.Building, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	list, notes, err := buildings.Read(file)
	if err == nil && len(list) == 0 {
		err = errors.New("it is empty")
	}
	for _, note := range notes {
		a.log.Warn("buildings overlap", "note", note)
	}
	return list, err
}

// describeBuildings counts what is in the file.
func describeBuildings(list []buildings.Building) string {
	names, counts := map[string]bool{}, map[string]int{}
	for _, b := range list {
		names[b.Name] = true
		for kind, is := range map[string]bool{"inside the company's network": b.InsideCorp, "on ExpressRoute": b.ExpressRoute, "of VPNs": b.VPN} {
			if is {
				counts[kind]++
			}
		}
	}
	text := fmt.Sprintf("%d networks, %d buildings", len(list), len(names))
	for _, kind := range sortedKeys(counts) {
		text += fmt.Sprintf(", %d %s", counts[kind], kind)
	}
	return text
}
