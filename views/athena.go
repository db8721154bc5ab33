package views

import "fmt"

// athena defines tables in Hive's language, which it has for that, and queries
// as Trino does.
type athena struct{ lake Lake }

func (e athena) opening() []string {
	return []string{fmt.Sprintf("CREATE DATABASE IF NOT EXISTS `%s`", e.lake.Database)}
}

func (e athena) table(t storedTable) []string {
	name := fmt.Sprintf("`%s`.`%s`", e.lake.Database, t.Name)
	return []string{"DROP TABLE IF EXISTS " + name, e.external(t).ddl(name)}
}

func (e athena) view(v View, body string) []string {
	return []string{fmt.Sprintf("CREATE OR REPLACE VIEW %s AS\n%s", e.relation(v.Name), body)}
}

func (e athena) relation(name string) string { return fmt.Sprintf(`"%s"."%s"`, e.lake.Database, name) }

func (athena) millis(from, to string) string { return trino{}.millis(from, to) }

func (athena) median(x string) string { return trino{}.median(x) }

func (athena) ticked(object string) string { return trino{}.ticked(object) }
