// Package catalog keeps the tables and views of a lake in AWS Glue, the
// catalogue that Athena reads.
//
// [Glue.Plan] compares what is there with what there should be, and
// [Glue.Apply] makes it so: it creates what is missing and updates what etl made
// before for the same lake, as a parameter of the table tells. What somebody
// else made is never changed, and nothing is ever deleted. A plan that has been
// overtaken by somebody else's change is refused by Glue, as an update names the
// version that was compared.
package catalog
